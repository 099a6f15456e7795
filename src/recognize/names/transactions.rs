//! Columns of transactions.

use super::Entry;

#[rustfmt::skip]
pub(super) const NAMES: &[Entry] = &[
    Entry {
        role: "customer",
        sure: &[
            "customerid", "nclient", "ncliente", "nkunde", "nkunden", "customerno", "customernumber", "customernum", "customerkey", "customercode", "custid", "custno",
            "custnum", "clientid", "clientno", "clientnum", "clientnumber", "userid", "uid", "memberid", "memberno",
            "buyerid", "shopperid", "accountid", "householdid", "householdkey", "customeruniqueid", "customer", "client",
            "user", "member", "buyer",
            "客户id", "客户编号", "客户编码", "客户代码", "客户号", "用户id", "用户编号", "用户编码", "会员id", "会员编号", "会员号",
            "会员卡号", "顾客id", "顾客编号", "买家id", "客户",
            "idcliente", "clienteid", "codigocliente", "codcliente", "codigodecliente", "numerocliente", "numerodecliente",
            "cliente", "idusuario", "usuarioid", "usuario",
            "kundenid", "kundennummer", "kundennr", "kundenkennung", "kundenschluessel", "kundenschlussel", "kunde",
            "kdnr", "mitgliedsnummer",
            "idclient", "numeroclient", "codeclient", "numclient", "noclient", "identifiantclient", "refclient",
            "idutilisateur",
            "codigodocliente", "numerodocliente",
        ],
        doubtful: &[],
    },
    Entry {
        role: "time",
        sure: &[
            "date", "time", "datetime", "timestamp", "day", "invoicedate", "orderdate", "ordertime", "orderdatetime",
            "ordertimestamp", "orderpurchasetimestamp", "orderedat", "purchasedate", "purchasetime", "purchasedat",
            "transactiondate", "transactiontime", "transdate", "trandate", "txndate", "saledate", "salesdate",
            "paymentdate", "createdat",
            "日期", "时间", "订单日期", "订单时间", "下单日期", "下单时间", "交易日期", "交易时间", "购买日期", "购买时间", "支付时间",
            "付款时间", "销售日期",
            "fecha", "fechapedido", "fechacompra", "fechadecompra", "fechaventa", "fechafactura", "fechadepedido",
            "datum", "bestelldatum", "kaufdatum", "rechnungsdatum", "auftragsdatum",
            "datecommande", "datedecommande", "dateachat", "datedachat", "datefacture",
            "data", "datapedido", "datadopedido", "datacompra", "datadacompra", "datavenda",
        ],
        doubtful: &[],
    },
    Entry {
        role: "order",
        sure: &[
            "order", "orderid", "orderno", "ordernumber", "invoice", "invoiceid", "invoiceno", "invoicenumber",
            "transactionid", "transactionno", "transactionnumber", "txnid", "receipt", "receiptid", "receiptno",
            "basketid", "ticketid", "saleid", "purchaseid",
            "订单号", "订单id", "订单编号", "发票号", "交易号", "小票号",
            "idpedido", "numeropedido", "numerodepedido", "pedido", "factura", "numerofactura", "idventa",
            "bestellnummer", "bestellid", "auftragsnummer", "rechnungsnummer", "belegnummer",
            "numerocommande", "numerodecommande", "idcommande", "commande", "numerofacture",
            "numerodopedido", "notafiscal", "idvenda",
        ],
        doubtful: &[],
    },
    Entry {
        role: "product",
        sure: &[
            "product", "productid", "productcode", "productno", "productkey", "stockcode", "sku", "skuid", "item",
            "itemid", "itemcode", "itemno", "article", "articleid", "articleno", "upc", "ean",
            "商品id", "商品编号", "商品编码", "商品代码", "产品id", "产品编号", "货号",
            "producto", "idproducto", "codigoproducto", "articulo",
            "artikel", "artikelnummer", "artikelnr", "produkt", "produktid",
            "produit", "idproduit", "codeproduit", "codearticle",
            "produto", "idproduto", "codigoproduto", "codigodoproduto",
        ],
        doubtful: &[],
    },
    Entry {
        role: "quantity",
        sure: &[
            "quantity", "qty", "units", "unitssold", "quantitysold", "orderquantity", "orderqty", "itemquantity",
            "数量", "购买数量", "件数", "销量",
            "cantidad", "unidades", "menge", "anzahl", "stuckzahl", "stueckzahl", "quantite", "qte", "quantidade", "qtd", "qtde",
        ],
        doubtful: &[],
    },
    Entry {
        role: "price",
        sure: &[
            "price", "unitprice", "itemprice", "priceperunit", "priceeach",
            "价格", "单价",
            "precio", "preciounitario", "preis", "einzelpreis", "stuckpreis", "stueckpreis", "prix", "prixunitaire", "preco", "precounitario",
        ],
        doubtful: &[],
    },
    Entry {
        role: "amount",
        sure: &[
            "amount", "totalamount", "orderamount", "lineamount", "netamount", "grossamount", "salesamount",
            "transactionamount", "purchaseamount", "total", "linetotal", "ordertotal", "totalprice", "totalvalue",
            "value", "ordervalue", "salesvalue", "revenue", "sales", "netsales", "turnover", "spend", "payment",
            "paymentvalue",
            "金额", "总金额", "订单金额", "交易金额", "消费金额", "支付金额", "实付金额", "销售额", "总价",
            "importe", "importetotal", "monto", "montototal", "ventas",
            "betrag", "gesamtbetrag", "umsatz", "bestellwert", "rechnungsbetrag",
            "montant", "montanttotal", "chiffredaffaires",
            "valor", "valortotal", "valorpedido", "valordopedido", "faturamento",
        ],
        doubtful: &[],
    },
];
