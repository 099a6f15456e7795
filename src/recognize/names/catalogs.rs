//! What only the built-in catalogs speak of.

use super::Entry;

#[rustfmt::skip]
pub(super) const NAMES: &[Entry] = &[
    Entry {
        role: "return_rate",
        sure: &["returnrate", "returnshare", "refundrate", "returnedshare", "退货率", "退款率", "tasadedevolucion", "retourenquote", "rucksendequote", "tauxderetour", "taxadedevolucao"],
        doubtful: &["returns", "refunds"],
    },
    Entry {
        role: "repurchase_rate",
        sure: &["repurchaserate", "repeatrate", "repeatpurchaserate", "复购率", "回购率", "tasaderecompra", "wiederkaufsrate", "wiederkaufrate", "tauxdereachat", "taxaderecompra"],
        doubtful: &["loyaltyrate"],
    },
    Entry {
        role: "trend",
        sure: &["spendtrend", "spendingtrend", "salestrend", "revenuetrend", "totalamtchngq4q1", "消费趋势", "tendenciadegasto", "umsatztrend", "tendancedesdepenses", "tendenciadegastos"],
        doubtful: &["trend", "growth"],
    },
    Entry {
        role: "satisfaction",
        sure: &["satisfaction", "satisfactionscore", "satisfactionlevel", "satisfactionrating", "csat", "csatscore", "reviewscore", "reviewrating", "avgreviewscore", "averagerating", "avgrating",
                "满意度", "满意度评分", "客户满意度", "平均评分", "satisfaccion", "zufriedenheit", "kundenzufriedenheit", "satisfactionclient", "satisfacao"],
        doubtful: &["rating", "score", "stars", "评分", "nps", "feedbackscore"],
    },
    Entry {
        role: "complaints",
        sure: &["complaints", "complaintcount", "ncomplaints", "numcomplaints", "numberofcomplaints", "投诉次数", "投诉数", "quejas", "reclamaciones", "numerodequejas", "beschwerden", "anzahlbeschwerden", "reclamations", "plaintes", "reclamacoes"],
        doubtful: &["complain", "complained", "tickets"],
    },
    Entry {
        role: "suggestions",
        sure: &["suggestions", "suggestioncount", "建议次数", "建议数", "sugerencias", "vorschlage", "verbesserungsvorschlage", "sugestoes"],
        doubtful: &["feedback"],
    },
    Entry {
        role: "visits",
        sure: &["visits", "visitcount", "nvisits", "numvisits", "numberofvisits", "storevisits", "webvisits", "sessions", "sessioncount", "nsessions", "访问次数", "到店次数", "登录次数", "visitas", "numerodevisitas", "besuche", "anzahlbesuche", "visites", "nombredevisites"],
        doubtful: &["logins", "numwebvisitsmonth", "traffic"],
    },
    Entry {
        role: "searches",
        sure: &["searches", "searchcount", "nsearches", "pageviews", "浏览次数", "搜索次数", "busquedas", "suchanfragen", "recherches", "pesquisas"],
        doubtful: &["views"],
    },
    Entry {
        role: "comparisons",
        sure: &["comparisons", "comparisoncount", "对比次数", "比较次数", "comparaciones", "vergleiche", "comparaisons", "comparacoes"],
        doubtful: &[],
    },
    Entry {
        role: "checkouts",
        sure: &["checkouts", "checkoutcount", "carts", "cartcount", "addtocart", "cartadds", "加购次数", "询价次数", "carritos", "warenkorbe", "paniers", "carrinhos"],
        doubtful: &["cart"],
    },
    Entry {
        role: "service_contacts",
        sure: &["servicecontacts", "contactscount", "supportcontacts", "supporttickets", "supportcalls", "customerservicecalls", "servicecalls", "custservcalls", "contactscount12mon", "售后次数", "客服次数", "联系客服次数", "contactosdeservicio", "servicekontakte", "contactsservice", "contatosdeservico"],
        doubtful: &["contacts", "calls"],
    },
    Entry {
        role: "price_sensitivity",
        sure: &["pricesensitivity", "discountshare", "discountrate", "dealshare", "promoshare", "couponshare", "价格敏感度", "折扣占比", "折扣购买占比", "优惠占比", "sensibilidadalprecio", "preissensibilitat", "preissensibilitaet", "sensibiliteauprix", "sensibilidadeaopreco"],
        doubtful: &["discount", "discounts", "numdealspurchases", "折扣"],
    },
    Entry {
        role: "assets",
        sure: &["assets", "investableassets", "totalassets", "aum", "networth", "可投资资产", "总资产", "资产", "activos", "patrimonio", "vermogen", "vermoegen", "patrimoine", "actifs", "ativos"],
        doubtful: &["balance", "余额", "savings"],
    },
    Entry {
        role: "online_share",
        sure: &["onlineshare", "onlinerate", "digitalshare", "ecommerceshare", "线上占比", "线上业务占比", "cuotaonline", "onlineanteil", "partenligne", "participacaoonline"],
        doubtful: &["online"],
    },
    Entry {
        role: "investment_share",
        sure: &["investmentshare", "investedshare", "投资占比", "cuotadeinversion", "anlageanteil", "partinvestie", "parcelainvestida"],
        doubtful: &["investments"],
    },
    Entry {
        role: "dependants",
        sure: &["dependants", "dependents", "dependentcount", "numberofdependents", "numdependents", "抚养人数", "家属人数", "dependientes", "personasacargo", "angehorige", "personnesacharge", "dependentes"],
        doubtful: &["children", "kids", "familysize", "kidhome"],
    },
    Entry {
        role: "employees",
        sure: &["employees", "employeecount", "numemployees", "numberofemployees", "headcount", "员工人数", "员工数", "人数规模", "empleados", "numerodeempleados", "mitarbeiter", "mitarbeiterzahl", "anzahlmitarbeiter", "effectif", "nombredemployes", "funcionarios", "numerodefuncionarios"],
        doubtful: &["size", "规模"],
    },
    Entry {
        role: "countries",
        sure: &["countries", "countrycount", "ncountries", "业务国家数", "国家数", "paises", "anzahllander", "nombredepays"],
        doubtful: &[],
    },
    Entry {
        role: "loyalty",
        sure: &["loyaltyscore", "loyaltyindex", "忠诚度", "忠诚度评分", "puntuaciondelealtad", "loyalitatswert", "scoredefidelite", "pontuacaodelealdade"],
        doubtful: &["loyalty", "lealtad", "fidelite", "lealdade"],
    },
    Entry {
        role: "referral_rate",
        sure: &["referralrate", "referralsperorder", "转介绍率", "推荐率", "推荐意愿", "tasadereferidos", "empfehlungsrate", "tauxdeparrainage", "taxadeindicacao"],
        doubtful: &["referrals", "nps", "numberofreferrals"],
    },
    Entry {
        role: "payment_delay",
        sure: &["paymentdelay", "paymentdelaydays", "dayslate", "dayspastdue", "逾期天数", "付款延迟天数", "diasderetraso", "zahlungsverzug", "zahlungsverzugtage", "retarddepaiement", "diasdeatraso"],
        doubtful: &["delay"],
    },
    Entry {
        role: "overdue_share",
        sure: &["overdueshare", "overduerate", "lateshare", "逾期占比", "逾期率", "cuotavencida", "uberfalligquote", "partenretard", "parcelavencida"],
        doubtful: &["overdue"],
    },
    Entry {
        role: "profit",
        sure: &["profit", "totalprofit", "margin", "grossprofit", "grossmargin", "利润", "毛利", "总利润", "beneficio", "ganancia", "gewinn", "deckungsbeitrag", "benefice", "marge", "lucro"],
        doubtful: &["earnings"],
    },
    Entry {
        role: "sex",
        sure: &["sex", "gender", "genre", "性别", "sexo", "genero", "geschlecht", "sexe"],
        doubtful: &["male", "female", "civilite", "anrede"],
    },
    Entry {
        role: "education",
        sure: &["education", "educationlevel", "highesteducation", "学历", "教育程度", "最高学历", "educacion", "niveleducativo", "bildung", "bildungsabschluss", "schulabschluss", "niveaudetudes", "educacao", "escolaridade"],
        doubtful: &["degree", "graduated"],
    },
    Entry {
        role: "occupation",
        sure: &["occupation", "profession", "job", "jobtitle", "职业", "ocupacion", "profesion", "beruf", "metier", "profissao", "ocupacao"],
        doubtful: &["work"],
    },
    Entry {
        role: "industry",
        sure: &["industry", "industrysector", "行业", "所属行业", "industria", "sectorindustrial", "branche", "secteur", "secteurdactivite", "setor"],
        doubtful: &["sector"],
    },
    Entry {
        role: "ownership",
        sure: &["ownership", "ownershiptype", "企业性质", "propiedad", "eigentumsform", "formejuridique", "propriedade"],
        doubtful: &[],
    },
    Entry {
        role: "customer_type",
        sure: &["customertype", "typeofcustomer", "客户类型", "tipodecliente", "kundentyp", "kundenart", "typedeclient", "tipocliente"],
        doubtful: &["type", "usertype"],
    },
    Entry {
        role: "region",
        sure: &["regiontype", "areatype", "settlementtype", "居住地类型", "城乡", "tipoderegion", "typederegion", "tipoderegiao"],
        doubtful: &["region", "area"],
    },
];
