//! What is judged of a table nobody has described.

use proptest::prelude::*;
use segmint::Warning;
use segmint::config::{DecimalMark, ReadAs, SourcePlan};
use segmint::recognize::{
    Certainty, ColumnFacts, ColumnNature, Dependence, Judgement, Judgements, NumberFacts, TextFacts, Use, Values,
    judge, match_name,
};

/// Values without a random generator: evenly spread, in no order.
fn spread(i: usize, step: usize) -> f64 {
    ((i * step) % 9973) as f64 / 9973.0
}

fn numbers(name: &str, n: usize, value: impl Fn(usize) -> f64) -> ColumnFacts {
    let values: Vec<f64> = (0..n).map(value).collect();
    ColumnFacts { name: name.to_owned(), n_rows: n, values: Values::Numbers(NumberFacts::of(&values)) }
}

fn texts(name: &str, n: usize, value: impl Fn(usize) -> String) -> ColumnFacts {
    let values: Vec<String> = (0..n).map(value).collect();
    let facts = TextFacts::of(values.iter().map(String::as_str));
    ColumnFacts { name: name.to_owned(), n_rows: n, values: Values::Texts(facts) }
}

fn dates(name: &str, n: usize, value: impl Fn(usize) -> f64) -> ColumnFacts {
    let ColumnFacts { values: Values::Numbers(days), .. } = numbers(name, n, value) else { unreachable!() };
    ColumnFacts { name: name.to_owned(), n_rows: n, values: Values::Dates(days) }
}

fn found(judgement: &Judgement) -> (Use, Option<ColumnNature>, Certainty) {
    (judgement.usage, judgement.finding, judgement.certainty)
}

fn table(columns: &[ColumnFacts]) -> Judgements {
    Judgements::of(columns, &SourcePlan::new("t.parquet"))
}

#[test]
fn roles_are_found_by_what_people_call_them_in_six_languages() {
    let expected = [
        (
            "recency",
            "Recency recency recency_days DaysSinceLastOrder days_since_last_purchase 最近购买天数 距上次下单天数 Recencia \
             dias_desde_ultima_compra TageSeitLetztemKauf Récence jours_depuis_dernier_achat",
        ),
        (
            "frequency",
            "Frequency frequency n_orders NumberOfPurchases order_count 购买次数 订单数 frecuencia número_de_compras Häufigkeit \
             AnzahlBestellungen fréquence nombre_de_commandes frequência quantidade_de_compras",
        ),
        (
            "monetary",
            "Monetary monetary MonetaryValue TotalCharges total_spend revenue 消费金额 总消费金额 gasto_total Umsatz \
             chiffre_d_affaires montant_total faturamento Mnt_Total",
        ),
        ("tenure", "tenure tenure_days Months_on_book 入会天数 antigüedad Vertragsdauer ancienneté tempo_de_cliente"),
        ("basket", "basket_mean avg_order_value AOV 客单价 ticket_promedio Warenkorbwert panier_moyen ticket_médio"),
        ("age", "Age age_years Customer_Age 年龄 客户年龄 edad Alter Idade Âge"),
        (
            "birth_year",
            "Year_Birth birth_year 出生年份 año_de_nacimiento Geburtsjahr année_de_naissance ano_de_nascimento",
        ),
        ("income", "Income AnnualIncome 年收入 ingresos Jahreseinkommen revenu_annuel renda_mensal Salário"),
        ("tier", "tier Segmentation customer_grade 客户等级 会员等级 nivel_cliente Kundenklasse niveau_client"),
        ("outcome", "Churn churned Response Exited converted y 流失 是否流失 abandono Abgewandert désabonné evasão"),
        ("customer", "CustomerID customer_no CLIENTNUM user_id 会员编号 客户编号 id_cliente Kundennummer id_client"),
        ("sex", "Gender sex Genre 性别 sexo Geschlecht sexe"),
        ("satisfaction", "satisfaction_score CSAT 满意度 satisfacción Zufriedenheit satisfação"),
        ("time", "order_date InvoiceDate 下单时间 fecha_pedido Bestelldatum date_commande data_compra"),
        ("amount", "amount SalesAmount 订单金额 importe Betrag montant valor_total"),
        ("quantity", "Quantity qty 数量 cantidad Menge quantité quantidade"),
        ("price", "UnitPrice 单价 precio_unitario Einzelpreis prix preço"),
    ];
    for (role, names) in expected {
        for name in names.split_whitespace() {
            assert!(matches!(match_name(role, name), Some((Certainty::Sure, _))), "{name} is no {role}");
        }
    }
    for (role, name) in [
        ("income", "Annual Income (k$)"),
        ("monetary", "Total Spend"),
        ("age", "\u{feff}Age"),
        ("income", "收入（万元）"),
    ] {
        assert!(matches!(match_name(role, name), Some((Certainty::Sure, _))), "{name} is no {role}");
    }
    for (role, name) in
        [("recency", "R"), ("frequency", "F"), ("monetary", "M"), ("monetary", "balance"), ("tier", "class")]
    {
        assert!(matches!(match_name(role, name), Some((Certainty::Doubtful, _))), "{name} is only perhaps a {role}");
    }
    for (role, name) in
        [("age", "page"), ("age", "usage"), ("frequency", "Frequency_Band"), ("customer", "customer_name")]
    {
        assert_eq!(match_name(role, name), None, "{name} is no {role}");
    }
}

#[test]
fn what_identifies_is_no_feature() {
    let n = 600;
    let running = |i: usize| 1.0 + ((i * 7) % 600) as f64;
    for name in ["__index_level_0__", "Unnamed: 0", "row_id", "行号", "...1", "index", "序号"] {
        assert_eq!(
            found(&judge(&numbers(name, n, running))),
            (Use::LeftOut, Some(ColumnNature::RowNumber), Certainty::Sure),
            "{name}"
        );
    }
    let named = [
        "account_no",
        "phone",
        "CLIENTNUM",
        "zip_code",
        "store_id",
        "会员编号",
        "手机号",
        "Kundennummer",
        "PLZ",
        "código_postal",
        "id_cliente",
        "numéro_client",
        "telefone",
        "user",
        "client",
        "CustomerKey",
    ];
    for name in named {
        let long = numbers(name, n, |i| 13_000_000_000.0 + (spread(i, 7919) * 1e9).floor());
        assert_eq!(found(&judge(&long)), (Use::LeftOut, Some(ColumnNature::Identifier), Certainty::Sure), "{name}");
    }
    // By the values alone: a permutation, an even filling of a range, numbers of one length.
    let nameless = [
        numbers("Reihe", n, running),
        numbers("Vorgang", n, |i| 10_001.0 + ((i * 7) % 600) as f64 * 31.0),
        numbers("kartei", n, |i| 700_000_000.0 + (spread(i, 31).powi(3) * 1e8).floor()),
    ];
    for column in nameless {
        assert_eq!(
            found(&judge(&column)),
            (Use::LeftOut, Some(ColumnNature::EveryRowDiffers), Certainty::Sure),
            "{}",
            column.name
        );
    }
    let day = numbers("stichtag", n, |i| 20_240_101.0 + (i % 12) as f64 * 100.0 + (i % 28) as f64);
    assert_eq!(judge(&day).finding, Some(ColumnNature::DateAsNumber));
}

#[test]
fn codes_describe_and_what_counts_or_scores_is_clustered() {
    let n = 500;
    for (name, levels) in
        [("Channel", 2), ("Region", 3), ("day", 31), ("month", 12), ("渠道", 4), ("Filiale", 9), ("sexo", 3)]
    {
        let judged = judge(&numbers(name, n, |i| 1.0 + (i % levels) as f64));
        assert_eq!(judged.usage, Use::Attribute, "{name}");
    }
    for name in ["flag", "Partner", "has_card", "x3"] {
        assert_eq!(judge(&numbers(name, n, |i| (i % 2) as f64)).finding, Some(ColumnNature::TwoValues), "{name}");
    }
    for name in ["n_children", "Kidhome", "rating", "R_score", "frequency", "购买次数", "num_visits", "satisfaction"]
    {
        let judged = judge(&numbers(name, n, |i| (i % 4) as f64));
        assert_eq!(found(&judged), (Use::Feature, None, Certainty::Sure), "{name}");
    }
    // A name that says nothing: clustered, and said.
    let judged = judge(&numbers("Wert_X", n, |i| (i % 4) as f64));
    assert_eq!(judged.usage, Use::Feature);
    let judged = judge(&numbers("Grundlage", n, |i| (i % 4) as f64));
    assert_eq!(found(&judged), (Use::Feature, Some(ColumnNature::FewValues), Certainty::Doubtful));
    assert_eq!(judge(&numbers("z", n, |_| 3.0)).finding, Some(ColumnNature::Constant));
}

#[test]
fn whole_coordinates_and_amounts_that_all_differ_are_features() {
    let n = 900;
    let wide = |i: usize| (spread(i, 31) * 9e5).floor() + (spread(i, 17) * 9e4).floor();
    for name in ["x", "x0", "income", "total_amount", "消费金额", "balance"] {
        assert_eq!(judge(&numbers(name, n, wide)).usage, Use::Feature, "{name}");
    }
}

#[test]
fn values_alone_say_nothing_of_a_small_table() {
    for name in ["x1", "a", "Milk"] {
        assert_eq!(found(&judge(&numbers(name, 40, |i| i as f64))), (Use::Feature, None, Certainty::Sure), "{name}");
        assert_eq!(
            found(&judge(&numbers(name, 40, |i| (i % 2) as f64))),
            (Use::Feature, None, Certainty::Sure),
            "{name}"
        );
    }
    assert_eq!(judge(&numbers("customer_id", 5, |i| i as f64)).finding, Some(ColumnNature::Identifier));
}

#[test]
fn a_column_with_one_value_is_never_a_feature() {
    for n in [1, 2, 20, 49, 50, 400] {
        for value in [0.0, 3.0, f64::NAN] {
            let other = |i: usize| if i == 0 { 3.0 } else { value };
            let is_one = n == 1 || value.is_nan() || value == 3.0;
            let judged = judge(&numbers("wholesale", n, other));
            let has_gaps = n > 1 && value.is_nan();
            let finding = if has_gaps { ColumnNature::ConstantWithGaps } else { ColumnNature::Constant };
            assert_eq!(judged.finding == Some(finding), is_one, "{n} rows, {value}");
            assert_eq!(judged.usage == Use::LeftOut, is_one, "{n} rows, {value}");
        }
    }
}

#[test]
fn text_that_writes_numbers_is_read_as_numbers() {
    let read = |judged: &Judgement| judged.reading.as_ref().map(|plan| (plan.read, plan.decimal));
    let number = |decimal| Some((Some(ReadAs::Number), Some(decimal)));
    type Value = fn(usize) -> String;
    let cases: [(&str, DecimalMark, Value); 4] = [
        ("discount", DecimalMark::Point, |i| format!("{}%", i % 60)),
        ("basket", DecimalMark::Point, |i| format!("{},{:03}.50", 1 + i % 9, i % 1000)),
        ("Umsatz_netto", DecimalMark::Comma, |i| format!("{}.{:03},25 €", 1 + i % 9, i % 1000)),
        ("单笔", DecimalMark::Point, |i| format!("¥{}", i % 150)),
    ];
    for (name, mark, value) in cases {
        let judged = judge(&texts(name, 300, value));
        assert_eq!(found(&judged), (Use::Feature, Some(ColumnNature::NumberText), Certainty::Sure), "{name}");
        assert_eq!(read(&judged), number(mark), "{name}");
    }
    let some = judge(&texts("basket", 300, |i| if i % 50 == 0 { "plenty".to_owned() } else { format!("{i}.5") }));
    assert_eq!(found(&some), (Use::Attribute, Some(ColumnNature::NumberText), Certainty::Doubtful));
    // Codes with leading zeros, identifiers and plain words stay text.
    for column in [
        texts("branch", 300, |i| format!("{:04}", i % 80)),
        texts("CustomerID", 300, |i| format!("{i}")),
        texts("city", 300, |i| format!("C{}", i % 9)),
    ] {
        assert_eq!(judge(&column).usage, Use::Attribute, "{}", column.name);
        assert_eq!(judge(&column).reading, None, "{}", column.name);
    }
}

#[test]
fn years_of_birth_and_dates_become_ages() {
    let born = judge(&numbers("Year_Birth", 300, |i| 1940.0 + (i % 60) as f64));
    assert_eq!((born.usage, born.finding, born.role), (Use::Feature, Some(ColumnNature::BirthYear), Some("age")));
    assert_eq!(born.reading.unwrap().read, Some(ReadAs::AgeYears));
    for (name, role) in [
        ("last_purchase_date", "recency"),
        ("Dt_Customer", "tenure"),
        ("注册日期", "tenure"),
        ("最近购买日期", "recency"),
    ] {
        let judged = judge(&dates(name, 300, |i| 19_000.0 + (i % 200) as f64));
        assert_eq!((judged.usage, judged.role), (Use::Feature, Some(role)), "{name}");
        assert_eq!(judged.reading.unwrap().read, Some(ReadAs::AgeDays), "{name}");
    }
    let some = judge(&dates("geliefert", 300, |i| 19_000.0 + (i % 200) as f64));
    assert_eq!(found(&some), (Use::Attribute, Some(ColumnNature::Date), Certainty::Doubtful));
}

#[test]
fn numbers_with_units_are_said_and_not_clustered() {
    let judged = table(&[
        numbers("spend", 300, |i| spread(i, 31)),
        texts("weight", 300, |i| if i % 3 == 0 { format!("{} g", 100 + i) } else { format!("{}.5 kg", i % 90) }),
        texts("owed", 300, |i| [format!("({i}.30 CR)"), format!("(({i}.30))"), format!("({i}.30")][i % 3].clone()),
        texts("contract", 300, |i| format!("{} months", [12, 24][i % 2])),
        texts("flat", 300, |i| format!("{i}b Baker Street")),
    ]);
    assert_eq!(judged.features(), ["spend"]);
    let warning = judged.warnings().into_iter().find(|warning| warning.code == "numbers_with_units").unwrap();
    let said = "weight (g 100, kg 200), owed (( 100, (()) 100, CR 100): text of numbers with units or brackets";
    assert!(warning.message.en.starts_with(said), "{warning:?}");
    assert_eq!(
        warning.evidence["columns"],
        serde_json::json!([
            {"column": "weight", "units": [["g", 100], ["kg", 200]]},
            {"column": "owed", "units": [["(", 100], ["(())", 100], ["CR", 100]]}
        ])
    );
}

#[test]
fn a_column_of_several_currencies_is_said_to_be_read_or_not_to_be_and_never_both() {
    type Write = fn(usize) -> String;
    let notations: [(bool, Write); 3] = [
        (true, |i| format!("{}{i}.50", ["$", "€"][i % 2])),
        (false, |i| if i % 2 == 0 { format!("${i}.50") } else { format!("{i},25 €") }),
        (false, |i| if i % 40 == 0 { "on request".to_owned() } else { format!("{}{i}.50", ["$", "€"][i % 2]) }),
    ];
    for (is_read, write) in notations {
        let judged = table(&[numbers("spend", 300, |i| spread(i, 4001)), texts("balance", 300, write)]);
        let said: Vec<Warning> =
            judged.warnings().into_iter().filter(|warning| warning.message.en.contains("balance")).collect();
        let codes: Vec<&str> = said.iter().map(|warning| warning.code.as_str()).collect();
        let expected = if is_read { &["text_read_as_numbers", "units_mixed"][..] } else { &["numbers_with_units"] };
        assert_eq!(codes, expected, "{said:?}");
        assert_eq!(judged.features().contains(&"balance".to_owned()), is_read, "{said:?}");
    }
}

/// The day 2021-01-01 and `i` more, in January to December of 28 days each.
fn written(i: usize, write: fn(usize, usize, usize) -> String) -> String {
    write(2019 + i / 336 % 3, 1 + i / 28 % 12, 1 + i % 28)
}

#[test]
fn dates_written_as_text_or_numbers_are_read_as_dates_are() {
    type Write = fn(usize, usize, usize) -> String;
    let notations: [(Write, Option<bool>); 6] = [
        (|y, m, d| format!("{y}-{m:02}-{d:02}"), None),
        (|y, m, d| format!("{y}年{m}月{d}日"), None),
        (|y, m, d| format!("{y}{m:02}{d:02}"), None),
        (|y, m, d| format!("{d:02}/{m:02}/{y}"), Some(true)),
        (|y, m, d| format!("{d}.{m}.{y} 08:30"), Some(true)),
        (|y, m, d| format!("{m}/{d}/{y}"), Some(false)),
    ];
    for (write, day_first) in notations {
        let name = written(40, write);
        let judged = judge(&texts("Dt_Customer", 700, |i| written(i * 13, write)));
        assert_eq!(found(&judged), (Use::Feature, Some(ColumnNature::Date), Certainty::Sure), "{name}");
        let reading = judged.reading.unwrap();
        assert_eq!((reading.read, reading.day_first), (Some(ReadAs::AgeDays), day_first), "{name}");
        assert_eq!(judged.role, Some("tenure"), "{name}");
        let other = judge(&texts("geliefert", 700, |i| written(i * 13, write)));
        assert_eq!(found(&other), (Use::Attribute, Some(ColumnNature::Date), Certainty::Doubtful), "{name}");
        assert_eq!(other.reading.unwrap().read, Some(ReadAs::AgeDays), "{name}");
    }
    // Where day and month cannot be told apart, or some texts are no dates, it is left to a person.
    let open = judge(&texts("Dt_Customer", 300, |i| format!("{:02}/{:02}/2021", 1 + i % 12, 1 + i / 12 % 12)));
    assert_eq!(found(&open), (Use::Attribute, Some(ColumnNature::Date), Certainty::Doubtful));
    let some = judge(&texts("Dt_Customer", 300, |i| match i % 50 {
        0 => "long ago".to_owned(),
        _ => written(i, |y, m, d| format!("{y}-{m:02}-{d:02}")),
    }));
    assert_eq!(found(&some), (Use::Attribute, Some(ColumnNature::Date), Certainty::Doubtful));

    let number = |i: usize| written(i * 13, |y, m, d| format!("{y}{m:02}{d:02}")).parse::<f64>().unwrap();
    let named = judge(&numbers("signup_date", 700, number));
    assert_eq!(found(&named), (Use::Feature, Some(ColumnNature::Date), Certainty::Sure));
    let other = judge(&numbers("stamp", 700, number));
    assert_eq!(found(&other), (Use::LeftOut, Some(ColumnNature::DateAsNumber), Certainty::Sure));
    assert_eq!(other.reading.unwrap().read, Some(ReadAs::AgeDays));
    let counted: [fn(usize) -> f64; 2] = [|i| 44_000.0 + (i * 7 % 900) as f64, |i| 1.6e9 + (i * 86_413) as f64];
    for counted in counted {
        let named = judge(&numbers("signup_date", 700, counted));
        assert_eq!(found(&named), (Use::Feature, Some(ColumnNature::Date), Certainty::Sure));
        let perhaps = judge(&numbers("visit_date", 700, counted));
        assert_eq!(found(&perhaps), (Use::Feature, Some(ColumnNature::DateAsNumber), Certainty::Doubtful));
        let amount = judge(&numbers("amount", 700, counted));
        assert_eq!((amount.usage, amount.finding), (Use::Feature, None));
    }
    let born = judge(&texts("Year_Birth", 300, |i| format!("{}", 1940 + i % 60)));
    assert_eq!((born.usage, born.reading.unwrap().read), (Use::Feature, Some(ReadAs::AgeYears)));
}

#[test]
fn doubtful_dates_have_a_line() {
    let judged = table(&[
        numbers("spend", 300, |i| spread(i, 31)),
        dates("geliefert", 300, |i| 19_000.0 + (i % 200) as f64),
        numbers("stamp", 700, |i| written(i, |y, m, d| format!("{y}{m:02}{d:02}")).parse().unwrap()),
    ]);
    let said: Vec<String> = judged.warnings().into_iter().map(|warning| warning.message.en).collect();
    for column in ["geliefert: dates, described and not clustered", "stamp: not clustered, days written as numbers"] {
        assert!(said.iter().any(|line| line.starts_with(column) && line.contains("read = \"age_days\"")), "{said:?}");
    }
    let reasons = judged.left_out();
    assert!(reasons.contains(&("stamp".to_owned(), "days written as numbers".to_owned())), "{reasons:?}");
}

#[test]
fn a_marker_beyond_the_calendar_is_told_by_its_number() {
    let last =
        dates("last_purchase_date", 400, |i| if i % 20 == 0 { 2_147_483_647.0 } else { 19_000.0 + (i % 200) as f64 });
    let judged = table(&[numbers("spend", 400, |i| spread(i, 31)), last]);
    let told: Vec<String> = judged.warnings().into_iter().map(|warning| warning.message.en).collect();
    assert!(told.iter().any(|text| text.starts_with("5.0 % of last_purchase_date are 2147483647")), "{told:?}");
}

#[test]
fn outcomes_and_tiers_are_neither_features_nor_each_other() {
    let n = 200;
    let judged = table(&[
        numbers("spend", n, |i| spread(i, 31)),
        texts("Churn", n, |i| if i % 4 == 0 { "Yes" } else { "No" }.to_owned()),
        texts("Loyalty_Tier", n, |i| ["gold", "silver", "bronze"][i % 3].to_owned()),
        numbers("Response", n, |i| f64::from(u8::from(i % 7 == 0))),
    ]);
    assert_eq!((judged.outcome(), judged.tier()), (Some("Churn"), Some("Loyalty_Tier")));
    assert_eq!(judged.features(), ["spend"]);
    assert_eq!(judged.value(), Some(("spend", Certainty::Sure)));
}

#[test]
fn what_may_be_the_tier_or_the_outcome_is_described_and_said_until_another_column_is() {
    let n = 200;
    let spend = || numbers("spend", n, |i| spread(i, 31));
    let status = || texts("status", n, |i| if i % 4 == 0 { "closed" } else { "open" }.to_owned());
    let membership = || texts("membership", n, |i| ["gold", "silver", "bronze"][i % 3].to_owned());
    let doubted = table(&[spend(), status(), membership()]);
    assert_eq!((doubted.outcome(), doubted.tier()), (None, None));
    assert_eq!(doubted.attributes(), ["status", "membership"]);
    let codes: Vec<String> = doubted.warnings().into_iter().map(|warning| warning.code).collect();
    assert_eq!(codes, ["perhaps_outcome", "perhaps_tier"]);

    let churn = texts("Churn", n, |i| if i % 5 == 0 { "Yes" } else { "No" }.to_owned());
    let tier = texts("Loyalty_Tier", n, |i| ["A", "B"][i % 2].to_owned());
    let settled = table(&[spend(), status(), membership(), churn, tier]);
    let codes: Vec<String> = settled.warnings().into_iter().map(|warning| warning.code).collect();
    assert!(codes.iter().all(|code| !code.starts_with("perhaps")), "{codes:?}");
}

#[test]
fn copies_and_sums_are_named() {
    let n = 900;
    let spend = |i: usize| 5.0 + 300.0 * spread(i, 31).powi(2);
    let judged = table(&[
        numbers("spend", n, spend),
        numbers("spend_score", n, |i| 1.0 + (spread(i, 31) * 5.0).floor()),
        numbers("spend_cents", n, |i| spend(i) * 100.0),
        numbers("age", n, |i| 18.0 + spread(i, 113) * 60.0),
        numbers("online", n, |i| spread(i, 57) * 40.0),
        numbers("shops", n, |i| spread(i, 71) * 50.0),
        numbers("both", n, |i| spread(i, 57) * 40.0 + spread(i, 71) * 50.0),
    ]);
    let copies: Vec<(&str, &str)> = judged.copies.iter().map(|c| (c.column.as_str(), c.of.as_str())).collect();
    assert_eq!(copies, [("spend_cents", "spend"), ("spend_score", "spend")]);
    assert_eq!(dependences(&judged), ["both = Sum of online, shops"]);
    let codes: Vec<String> = judged.warnings().into_iter().map(|warning| warning.code).collect();
    assert_eq!(codes, ["copied_features", "summed_features"]);
}

#[test]
fn numbers_written_as_texts_are_copies_too() {
    let n = 500;
    let spend = |i: usize| (5.0 + 300.0 * spread(i, 31)).floor() + 0.5;
    let judged = table(&[
        numbers("spend", n, spend),
        texts("spend_text", n, |i| format!("$1,{:05.1}", spend(i))),
        numbers("age", n, |i| 18.0 + spread(i, 113) * 60.0),
    ]);
    let copies: Vec<(&str, &str)> = judged.copies.iter().map(|c| (c.column.as_str(), c.of.as_str())).collect();
    assert_eq!(copies, [("spend_text", "spend")]);
    assert_eq!(judged.features(), ["spend", "age"]);
}

fn dependences(judged: &Judgements) -> Vec<String> {
    let one = |found: &Dependence| format!("{} = {:?} of {}", found.column, found.kind, found.parts.join(", "));
    judged.dependences.iter().map(one).collect()
}

#[test]
fn shares_that_add_up_and_products_are_told() {
    let n = 2000;
    // Three parts of a wallet.
    let parts = |i: usize| {
        let weights = [spread(i, 31), spread(i, 57), spread(i, 71)].map(|x| 0.05 + x);
        weights.map(|weight| weight / weights.iter().sum::<f64>())
    };
    let judged = table(&[
        numbers("food", n, |i| parts(i)[0]),
        numbers("books", n, |i| parts(i)[1]),
        numbers("toys", n, |i| parts(i)[2]),
        numbers("age", n, |i| 18.0 + spread(i, 113) * 60.0),
    ]);
    assert_eq!(dependences(&judged), ["books = Constant of food, toys"]);
    let said = "what follows from other features counts twice, and the shape that it gives the table may pass for structure; \
                source.exclude leaves columns out";
    let warnings: Vec<String> = judged.warnings().into_iter().map(|warning| warning.message.en).collect();
    assert_eq!(warnings, [format!("books + food + toys is the same for everybody: {said}")]);

    let orders = |i: usize| 1.0 + (spread(i, 31) * 9.0).floor();
    let basket = |i: usize| 5.0 + 80.0 * spread(i, 57);
    let judged = table(&[
        numbers("frequency", n, orders),
        numbers("monetary", n, |i| (orders(i) * basket(i) * 100.0).round() / 100.0),
        numbers("basket_mean", n, basket),
        numbers("recency", n, |i| spread(i, 71) * 300.0),
    ]);
    assert_eq!(dependences(&judged), ["monetary = Product of frequency, basket_mean"]);
    let warnings: Vec<String> = judged.warnings().into_iter().map(|warning| warning.message.en).collect();
    assert_eq!(warnings, [format!("monetary is frequency × basket_mean: {said}")]);
}

#[test]
fn a_number_in_place_of_a_name_is_that_of_an_index_only_as_other_programs_write_it() {
    let judged = |name: &str| judge(&numbers(name, 300, |i| spread(i, 71) * 90.5)).finding;
    for name in ["Unnamed: 0", "Unnamed: 2", "unnamed_2", "__index_level_0__"] {
        assert_eq!(judged(name), Some(ColumnNature::RowNumber), "{name}");
    }
    assert_eq!([judged("unnamed"), judged("unnamed 2")], [None, None]);
}

#[test]
fn words_for_missing_among_numbers_leave_them_numbers() {
    for word in ["n/a", "未知", "unknown", "keine Angabe", "k.A.", "无"] {
        let judged = judge(&texts("score", 300, |i| if i % 10 == 0 { word.to_owned() } else { format!("{i}.5") }));
        assert_eq!(found(&judged), (Use::Feature, Some(ColumnNature::NumberText), Certainty::Sure), "{word}");
    }
    // Where most are words, each of them may say something.
    let judged = judge(&texts("status", 300, |i| if i % 10 == 0 { format!("{i}.5") } else { "无".to_owned() }));
    assert_ne!(found(&judged).0, Use::Feature);
}

#[test]
fn numbers_of_several_units_are_told() {
    let codes = |value: fn(usize) -> String| {
        let judged = table(&[texts("rate", 300, value), numbers("height", 300, |i| spread(i, 71))]);
        let units = judged.warnings().into_iter().filter(|warning| warning.code == "units_mixed");
        units.map(|warning| warning.message.en).collect::<Vec<_>>()
    };
    let said = "numbers of several units, read as if of one; write them in one unit";
    let mixed = codes(|i| if i % 2 == 0 { format!("{}.5%", i % 90) } else { format!("0.{}", 1 + i % 90) });
    assert_eq!(mixed, [format!("rate (% 150, – 150): {said}")]);
    let mixed = codes(|i| format!("{}{}.5", if i % 3 == 0 { "$" } else { "€" }, i % 90));
    assert_eq!(mixed, [format!("rate ($ 100, € 200): {said}")]);
    assert!(codes(|i| format!("USD 1,{:03}.50", i)).is_empty());
    // A handful is a slip.
    assert!(codes(|i| if i % 100 == 0 { format!("{i}.5%") } else { format!("{i}.5") }).is_empty());
}

/// The values of `of` where `is_there`, else nothing.
fn with_gaps(name: &str, n: usize, of: impl Fn(usize) -> f64, is_there: impl Fn(usize) -> bool) -> ColumnFacts {
    numbers(name, n, |i| if is_there(i) { of(i) } else { f64::NAN })
}

#[test]
fn gaps_make_no_copy_of_a_column_that_goes_along_with_another() {
    let n = 2000;
    let income = |i: usize| spread(i, 31);
    let along = |i: usize| 0.4 * income(i) + 0.6 * spread(i, 1009);
    for every in [2, 3, 20] {
        let gaps = with_gaps("score", n, along, |i| (i / 7) % every != 0);
        let judged = table(&[numbers("income", n, income), gaps, numbers("height", n, |i| spread(i, 71))]);
        assert!(judged.copies.is_empty(), "{:?}", judged.copies);
    }
}

#[test]
fn of_copies_the_one_with_fewer_gaps_stays() {
    let n = 2000;
    let spend = |i: usize| 5.0 + 300.0 * spread(i, 31).powi(2);
    let judged = table(&[
        with_gaps("monetary", n, spend, |i| i % 3 != 0),
        numbers("paid_in_cents", n, |i| spend(i) * 100.0),
        numbers("height", n, |i| spread(i, 71)),
    ]);
    let copies: Vec<(&str, &str)> = judged.copies.iter().map(|c| (c.column.as_str(), c.of.as_str())).collect();
    assert_eq!(copies, [("monetary", "paid_in_cents")]);
    assert!((judged.copies[0].rho - 1.0).abs() < 1e-9);
}

#[test]
fn a_column_without_values_is_no_feature() {
    let judged = table(&[numbers("income", 500, |_| f64::NAN), numbers("height", 500, |i| spread(i, 71))]);
    assert_eq!(found(&judged.columns[0]), (Use::LeftOut, Some(ColumnNature::Empty), Certainty::Sure));
    assert_eq!(judged.features(), ["height"]);
    let codes: Vec<String> = judged.warnings().into_iter().map(|warning| warning.code).collect();
    assert_eq!(codes, ["empty_column"]);
    // A table without rows is refused for that, and not for its columns.
    assert_eq!(judge(&numbers("income", 0, |_| f64::NAN)).usage, Use::Feature);
}

#[test]
fn an_outcome_has_two_values_beside_words_for_missing() {
    let of = |third: &'static str| {
        texts("churn", 300, move |i| if i % 3 == 0 { "Y" } else { ["N", third][i % 2] }.to_owned())
    };
    for word in ["N/A", "nan", "未知", ""] {
        assert_eq!(judge(&of(word)).finding, Some(ColumnNature::Outcome), "{word:?}");
    }
    assert_eq!(judge(&of("perhaps")).finding, None);
}

#[test]
fn a_table_of_flags_alone_is_clustered_and_says_so() {
    let flags: Vec<ColumnFacts> = (0..4)
        .map(|j| numbers(&format!("owns_{}", ["a1", "b2", "c3", "d4"][j]), 100, |i| ((i >> j) % 2) as f64))
        .collect();
    let judged = table(&flags);
    assert_eq!(judged.features().len(), 4);
    let warnings = judged.warnings();
    assert_eq!(warnings[0].code, "categories_clustered");
    assert_eq!(warnings[0].evidence["columns"].as_array().unwrap().len(), 4);
}

#[test]
fn a_named_feature_is_taken_with_a_warning() {
    let columns = [numbers("customer_id", 100, |i| 5000.0 + i as f64), numbers("spend", 100, |i| spread(i, 31))];
    let mut plan = SourcePlan::new("t.parquet");
    plan.features = vec!["customer_id".to_owned(), "spend".to_owned()];
    let judged = Judgements::of(&columns, &plan);
    assert_eq!(judged.features(), ["customer_id", "spend"]);
    assert_eq!(judged.warnings()[0].code, "identifier_clustered");
    assert_eq!(judged.complete(&plan), plan, "who names features is not corrected");
}

#[test]
fn one_warning_a_kind_names_six_columns_and_holds_all() {
    let columns: Vec<ColumnFacts> =
        (0..9).map(|j| numbers(&format!("key{j}_id"), 100, |i| (i * (j + 3)) as f64)).collect();
    let judged = table(&columns);
    let warnings = judged.warnings();
    assert_eq!(warnings.len(), 1);
    assert!(warnings[0].message.en.starts_with("key0_id, key1_id, key2_id, key3_id, key4_id, key5_id and 3 more: "));
    assert!(warnings[0].message.zh.contains("等另外 3 项"));
    assert_eq!(warnings[0].evidence["columns"].as_array().unwrap().len(), 9);
}

/// A table of every kind of column, its rows in the order of `rows`.
fn mixed(rows: &[usize]) -> Vec<ColumnFacts> {
    let n = rows.len();
    let spend = |i: usize| 5.0 + 300.0 * spread(i, 31).powi(2);
    vec![
        numbers("client", n, |r| 1001.0 + rows[r] as f64),
        numbers("spend", n, |r| spend(rows[r])),
        numbers("spend_cents", n, |r| spend(rows[r]) * 100.0),
        numbers("age", n, |r| if rows[r].is_multiple_of(4) { -1.0 } else { 18.0 + (rows[r] % 60) as f64 }),
        numbers("Region", n, |r| (rows[r] % 3) as f64),
        numbers("online", n, |r| spread(rows[r], 57)),
        numbers("shops", n, |r| spread(rows[r], 71)),
        numbers("both", n, |r| spread(rows[r], 57) + spread(rows[r], 71)),
        texts("churn", n, |r| if rows[r].is_multiple_of(3) { "yes" } else { "no" }.to_owned()),
        texts("basket", n, |r| format!("{},5", rows[r] % 90)),
    ]
}

type Summary = (Vec<Judgement>, Vec<(String, String)>, Vec<String>, Option<String>);

fn summary(judged: &Judgements) -> Summary {
    let mut columns = judged.columns.clone();
    columns.sort_by(|a, b| a.column.cmp(&b.column));
    let copies = judged.copies.iter().map(|copy| (copy.column.clone(), copy.of.clone())).collect();
    let sums = judged.dependences.iter().map(|one| one.column.clone()).collect();
    (columns, copies, sums, judged.customer_id().map(|(column, _)| column.to_owned()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn a_judgement_depends_neither_on_the_order_of_rows_nor_of_columns(
        rows in Just((0..400).collect::<Vec<usize>>()).prop_shuffle(),
        places in Just((0..10).collect::<Vec<usize>>()).prop_shuffle(),
    ) {
        let plain = table(&mixed(&(0..400).collect::<Vec<usize>>()));
        let columns = mixed(&rows);
        let shuffled: Vec<ColumnFacts> = places.iter().map(|&place| columns[place].clone()).collect();
        prop_assert_eq!(summary(&table(&shuffled)), summary(&plain));
        prop_assert_eq!(plain.copies.len(), 1);
        prop_assert_eq!(plain.dependences.len(), 1);
    }
}
