use serde::{Deserialize, Serialize};

/// A number the user gave, or the wish that segmint chooses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(rename = "Auto_of_{T}"))]
#[serde(from = "AutoForm<T>", into = "AutoForm<T>")]
#[serde(bound(serialize = "T: Serialize + Clone", deserialize = "T: Deserialize<'de>"))]
pub enum Auto<T> {
    /// `"auto"`.
    Auto,
    /// The given value.
    Given(T),
}

#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
enum AutoForm<T> {
    Given(T),
    Auto(AutoWord),
}

#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
enum AutoWord {
    Auto,
}

impl<T> From<AutoForm<T>> for Auto<T> {
    fn from(form: AutoForm<T>) -> Self {
        match form {
            AutoForm::Given(value) => Auto::Given(value),
            AutoForm::Auto(AutoWord::Auto) => Auto::Auto,
        }
    }
}

impl<T> From<Auto<T>> for AutoForm<T> {
    fn from(auto: Auto<T>) -> Self {
        match auto {
            Auto::Given(value) => AutoForm::Given(value),
            Auto::Auto => AutoForm::Auto(AutoWord::Auto),
        }
    }
}
