//! What the words of a name say about the values under it, whatever the role.

use super::plain::{plain, without_unit};

/// What a name says its column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameKind {
    /// The running number of a row, as pandas and R write it: `Unnamed: 0`, `__index_level_0__`.
    RowNumber,
    /// A name that is a running number when every row has another value: `index`, `序号`.
    RowNumberIfUnique,
    /// Something that identifies: `…_id`, `…_key`, `zip_code`, `phone`, `会员编号`.
    Identifier,
    /// An identifier when most rows differ, else a count: `order_num`.
    IdentifierIfUnique,
    /// A category, also when written as a number: `region`, `channel`, `month`, `渠道`.
    Category,
    /// A count, a score, an amount: `n_children`, `rating`, `total_charges`.
    Measure,
    /// A date or a time.
    Moment,
    /// A name that says nothing, as people give the columns of a matrix: `x1`, `feature_12`, `v3`.
    Nameless,
    /// None of these.
    Unknown,
}

const IDENTIFIERS: &str = "\
    id ids key uuid guid code codes codigo cod kode zip zipcode postcode postalcode postal plz postleitzahl cep \
    cp phone telephone telefono telefon telefone tel mobile handy cellphone fax iban ssn barcode ean upc sku \
    passport nif cpf cnpj siren siret schluessel schlussel kennung identifiant account acct konto kontonummer \
    matricule dni vin imei msisdn hash pk fips";
const IDENTIFIER_STARTS: &str = "\
    id codigo cod code";
const NUMBERS: &str = "\
    num no nr number nummer numero nbr ref reference serial seq sequence";
const OWNED: &str = "\
    customer client cust user member account acct card phone mobile tel row record line policy contract \
    household buyer passport kunden konto telefon mitglieds cliente usuario compte telephone cuenta conta \
    employee serial tax";
const COUNTED: &str = "\
    order invoice ticket product item store shop transaction receipt reference";
const ROW_NUMBERS: &str = "\
    rowid rownum rownumber rowno rownr 行号 rowindex";
const ROW_NUMBERS_IF_UNIQUE: &str = "\
    index idx row level0 序号 sno srno slno no nr num number seq indice zeile ligne lfdnr";
const IDENTIFIER_ENDS: &str = "\
    编号 编码 代码 号 号码 id 电话 手机 邮编 邮政编码 身份证";

const CATEGORIES: &str = "\
    region channel category cat type kind class pclass segment cluster group label store shop branch city state \
    province county country district sex gender genre marital marriage education occupation job profession \
    department dept plan brand status weekday dow month day hour quarter dayofweek dayofmonth method source \
    language industry sector zone location warehouse vendor supplier ethnicity religion race \
    nationality platform device color colour canal categoria tipo ciudad pais provincia sexo genero mes dia \
    tienda sucursal estado ocupacion educacion grupo segmento marca kanal kategorie typ stadt land filiale \
    geschlecht monat tag bundesland gruppe klasse beruf bildung familienstand marke wochentag stunde categorie \
    ville pays magasin sexe mois jour groupe classe metier marque departement regiao cidade loja profissao \
    educacao 渠道 地区 区域 类别 类型 城市 省份 国家 性别 品牌 门店 店铺 职业 婚姻 婚姻状况 月份 星期 小时 部门 行业 来源 分类 学历 语言";

const MOMENTS: &str = "\
    date time datetime timestamp yyyymmdd yyyymm at on period dt birthday dob fecha datum data zeitpunkt 日期 时间 \
    年月 年月日";

const COUNT_STARTS: &str = "\
    n num number count no nb nbr anzahl cantidad numero nombre qtd quantidade total avg average mean sum max min \
    mnt amt std median";
const MEASURES: &str = "\
    count counts cnt times kids children child kidhome teenhome visits purchases orders transactions dependents \
    dependants members size rooms family score scores rating ratings level stars rank grade frequency recency \
    monetary age year years months days weeks hours minutes mins tenure quantity qty units items products calls \
    clicks views sessions logins complaints returns experience satisfaction points distance height weight length \
    duration amount amounts value price prices revenue income salary spend spent spending sales balance cost \
    costs total sum limit credit debit charges charge payment payments mnt amt bill profit margin discount rate \
    ratio share percent pct avg average mean std fee budget assets debt loan ltv clv volume usage money wealth \
    premium turnover importe monto gasto gastos ingreso ingresos salario precio saldo compras pedidos hijos edad \
    valor ventas cantidad meses dias anos frecuencia puntuacion betrag umsatz preis einkommen gehalt anzahl \
    alter kinder kosten saldo menge wert tage monate jahre bestellungen montant prix revenu revenus salaire \
    solde nombre enfants depenses achats commandes jours ans quantite valeur renda preco quantidade filhos idade \
    receita gastos r f m";
const MEASURE_ENDS: &str = "\
    次数 数量 人数 天数 月数 金额 额 价 收入 余额 年龄 频率 频次 评分 分数 得分 积分 时长 比例 占比 率 数 价值 工资 销量 成本 利润";

const NAMELESS: &str = "\
    x y z a b c d e g v w u f col column var variable feature feat dim pc pca attr field metric q att embedding \
    emb component";

/// What the name `column` says about its values.
///
/// ```
/// use segmint::recognize::{NameKind, kind_of};
/// assert_eq!(kind_of("Unnamed: 0"), NameKind::RowNumber);
/// assert_eq!(kind_of("CLIENTNUM"), NameKind::Identifier);
/// assert_eq!(kind_of("num_orders"), NameKind::Measure);
/// assert_eq!(kind_of("paid"), NameKind::Unknown);
/// ```
pub fn kind_of(column: &str) -> NameKind {
    let name = plain(column);
    let words = words(column);
    let (Some(first), Some(last)) = (words.first(), words.last()) else { return NameKind::Unknown };
    let is = |list: &str, word: &str| list.split_ascii_whitespace().any(|known| known == word);
    if is_index_level(column) || is(ROW_NUMBERS, &name) {
        return NameKind::RowNumber;
    }
    if is(ROW_NUMBERS_IF_UNIQUE, &name) {
        return NameKind::RowNumberIfUnique;
    }
    if words.iter().all(|word| is(NAMELESS, word.trim_end_matches(|c: char| c.is_ascii_digit())) || is_digits(word)) {
        return NameKind::Nameless;
    }
    if is_chinese(&name) {
        return kind_of_chinese(&name);
    }
    let owned = |list: &str| words[..words.len() - 1].iter().any(|word| is(list, word));
    if words.len() > 1 && is(COUNT_STARTS, first) && !is(IDENTIFIERS, last) {
        return NameKind::Measure;
    }
    if is(IDENTIFIERS, last) || (words.len() > 1 && is(IDENTIFIER_STARTS, first) && !is(MEASURES, last)) {
        return NameKind::Identifier;
    }
    // `customerno`, `CLIENTNUM`, `orderid`: one word of two.
    let joined = |owners: &str| {
        owners.split_ascii_whitespace().filter_map(|owner| name.strip_prefix(owner)).find_map(|rest| {
            let identifies = ["id", "key", "code"].contains(&rest) || is(NUMBERS, rest);
            identifies.then_some(["id", "key", "code"].contains(&rest))
        })
    };
    if (is(NUMBERS, last) && owned(OWNED)) || joined(OWNED).is_some() || joined(COUNTED) == Some(true) {
        return NameKind::Identifier;
    }
    if is(NUMBERS, last) || joined(COUNTED).is_some() {
        return NameKind::IdentifierIfUnique;
    }
    if is(MOMENTS, last) && words.len() + usize::from(last.len() > 3) > 1 {
        return NameKind::Moment;
    }
    if is(CATEGORIES, last) || is(CATEGORIES, &name) {
        return NameKind::Category;
    }
    if is(MEASURES, last) || words.iter().any(|word| is(MEASURES, word)) || is(COUNT_STARTS, first) {
        return NameKind::Measure;
    }
    NameKind::Unknown
}

fn kind_of_chinese(name: &str) -> NameKind {
    let ends = |list: &str| list.split_ascii_whitespace().any(|end| name.ends_with(end));
    if ends(CATEGORIES) {
        NameKind::Category
    } else if ends(MOMENTS) {
        NameKind::Moment
    } else if ends(IDENTIFIER_ENDS) {
        NameKind::Identifier
    } else if ends(MEASURE_ENDS) {
        NameKind::Measure
    } else {
        NameKind::Unknown
    }
}

/// The index columns of pandas and of R's writers.
fn is_index_level(column: &str) -> bool {
    let column = column.trim_start_matches('\u{feff}').trim();
    let of = |start: &str, end: &str| {
        let rest = column.strip_prefix(start).and_then(|rest| rest.strip_suffix(end));
        rest.is_some_and(|rest| is_digits(&rest.replace([':', ' ', '_', '.'], "")))
    };
    // `unnamed 2` is what a column without a name is called here.
    let is_unnamed = of("unnamed", "") && !column.starts_with("unnamed ");
    of("__index_level_", "__") || of("Unnamed", "") || is_unnamed || of("...", "")
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_chinese(text: &str) -> bool {
    text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
}

/// The words of a name in plain form, split at signs and at `camelCase`; digits stay with their word.
fn words(column: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut last = ' ';
    for c in without_unit(column.trim_start_matches('\u{feff}').trim()).chars() {
        if !c.is_alphanumeric() || (c.is_uppercase() && last.is_lowercase()) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| c.is_alphanumeric()) {
            word.push(c);
        }
        last = c;
    }
    words.iter().map(|word| plain(word)).filter(|word| !word.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::NameKind::*;
    use super::*;

    #[test]
    fn names_say_what_is_under_them() {
        let expected = [
            (
                RowNumber,
                &["Unnamed: 0", "__index_level_0__", "Unnamed: 0.1", "row_id", "RowNumber", "行号", "...1"][..],
            ),
            (RowNumberIfUnique, &["index", "序号", "S.No"]),
            (
                Identifier,
                &[
                    "customer_id",
                    "CLIENTNUM",
                    "CustomerNo",
                    "account_no",
                    "phone",
                    "phone_number",
                    "zip_code",
                    "PLZ",
                    "store_id",
                    "会员编号",
                    "手机号",
                    "id_cliente",
                    "Kundennummer",
                    "postal_code",
                    "ProductKey",
                    "用户id",
                    "订单号",
                    "codigo_postal",
                    "ID",
                ],
            ),
            (IdentifierIfUnique, &["order_num", "OrderNumber", "ref"]),
            (
                Category,
                &["Region", "Channel", "day", "month", "store_type", "渠道", "Pclass", "sex", "Wochentag", "客户性别"],
            ),
            (
                Measure,
                &[
                    "num_orders",
                    "n_children",
                    "NumWebPurchases",
                    "Kidhome",
                    "rating",
                    "TotalCharges",
                    "Recency",
                    "消费金额",
                    "购买次数",
                    "Family_Size",
                    "number_of_dependents",
                    "Total_Trans_Amt",
                    "MntWines",
                    "Gesamtbetrag_umsatz",
                    "edad",
                ],
            ),
            (Moment, &["order_date", "created_at", "注册日期"]),
            (Nameless, &["x1", "x", "feature_12", "v3", "PC1", "dim 2", "col_7"]),
            (Unknown, &["paid", "grid", "Fresh", "Milk", "valid", "covid"]),
        ];
        for (kind, names) in expected {
            for name in names {
                assert_eq!(kind_of(name), kind, "{name}");
            }
        }
    }
}
