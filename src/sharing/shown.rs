use serde::{Serialize, Serializer};

/// A value that may be shown, or the fact that it is held back.
///
/// In JSON a value is itself, and what is held back is null.
///
/// ```
/// use segmint::sharing::Shown;
/// let sizes = [Shown::when(true, 900), Shown::when(false, 3)];
/// assert_eq!(serde_json::to_string(&sizes).unwrap(), "[900,null]");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown<T> {
    /// Everybody may see it.
    Value(T),
    /// It, or what it covers, tells of a handful of people.
    HeldBack,
}

impl<T> Shown<T> {
    /// The value where it `may` be shown.
    pub fn when(may: bool, value: T) -> Self {
        if may { Shown::Value(value) } else { Shown::HeldBack }
    }

    /// The value, where it is shown.
    pub fn value(&self) -> Option<&T> {
        match self {
            Shown::Value(value) => Some(value),
            Shown::HeldBack => None,
        }
    }

    /// What `of` makes of the value, shown where the value is.
    pub fn map<U>(self, of: impl FnOnce(T) -> U) -> Shown<U> {
        match self {
            Shown::Value(value) => Shown::Value(of(value)),
            Shown::HeldBack => Shown::HeldBack,
        }
    }

    /// Whether it is shown.
    pub fn is_shown(&self) -> bool {
        self.value().is_some()
    }
}

impl<T> Shown<Option<T>> {
    /// A value there may not be, where it `may` be shown: nothing holds nothing back.
    pub fn maybe(may: bool, value: Option<T>) -> Self {
        Shown::when(may || value.is_none(), value)
    }

    /// Whether there is a value, shown or not.
    pub fn exists(&self) -> bool {
        !matches!(self, Shown::Value(None))
    }
}

impl<T: Copy> Shown<Option<T>> {
    /// The value, where there is one and it is shown.
    pub fn known(&self) -> Option<T> {
        self.value().copied().flatten()
    }
}

/// A figure there always is, as one there may not be.
impl From<Shown<f64>> for Shown<Option<f64>> {
    fn from(figure: Shown<f64>) -> Self {
        figure.map(Some)
    }
}

/// A count as a figure.
impl From<Shown<u64>> for Shown<Option<f64>> {
    fn from(count: Shown<u64>) -> Self {
        count.map(|count| Some(count as f64))
    }
}

/// A count as a figure.
impl From<Shown<usize>> for Shown<Option<f64>> {
    fn from(count: Shown<usize>) -> Self {
        count.map(|count| Some(count as f64))
    }
}

/// `None` is what is held back.
impl<T> From<Option<T>> for Shown<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Shown::HeldBack, Shown::Value)
    }
}

impl<T: Serialize> Serialize for Shown<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value().serialize(serializer)
    }
}
