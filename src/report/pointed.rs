//! Single numbers of a JSON document, read without keeping the rest of it.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// The numbers of a document that some JSON pointers point to.
#[derive(Debug, Default)]
pub(super) struct Pointed {
    /// What is pointed to below this value, by key or by position.
    below: BTreeMap<String, Pointed>,
    /// This value, where it is a number and has been read.
    number: Option<f64>,
}

impl Pointed {
    /// What is at `pointers`, before it is read.
    pub(super) fn at<'a>(pointers: impl Iterator<Item = &'a str>) -> Pointed {
        let mut root = Pointed::default();
        for pointer in pointers {
            steps(pointer).fold(&mut root, |at, step| at.below.entry(step).or_default());
        }
        root
    }

    /// Reads a whole document.
    pub(super) fn read<'de, D: Deserializer<'de>>(&mut self, document: D) -> Result<(), D::Error> {
        DeserializeSeed::deserialize(self, document)
    }

    /// The number at `pointer`, one of those given at first.
    pub(super) fn number(&self, pointer: &str) -> Option<f64> {
        steps(pointer).try_fold(self, |at, step| at.below.get(&step))?.number
    }
}

/// The keys and positions of a JSON pointer.
fn steps(pointer: &str) -> impl Iterator<Item = String> {
    pointer.split('/').skip(1).map(|step| step.replace("~1", "/").replace("~0", "~"))
}

impl<'de> DeserializeSeed<'de> for &mut Pointed {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<(), D::Error> {
        value.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for &mut Pointed {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        while let Some(key) = entries.next_key::<String>()? {
            match self.below.get_mut(&key) {
                Some(below) => entries.next_value_seed(below)?,
                None => drop(entries.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<(), A::Error> {
        for position in 0.. {
            let more = match self.below.get_mut(&usize::to_string(&position)) {
                Some(below) => values.next_element_seed(below)?,
                None => values.next_element::<IgnoredAny>()?.map(drop),
            };
            if more.is_none() {
                break;
            }
        }
        Ok(())
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<(), E> {
        self.number = Some(number);
        Ok(())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<(), E> {
        self.visit_f64(number as f64)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<(), E> {
        self.visit_f64(number as f64)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_found_where_a_pointer_into_the_whole_document_finds_them() {
        let text =
            r#"{"a": [1, {"b/c": -2.5, "d": "x"}, [3e2]], "e": {"f": 18446744073709551615, "g": null}, "h": true}"#;
        let whole: serde_json::Value = serde_json::from_str(text).unwrap();
        let pointers =
            ["/a/0", "/a/1/b~1c", "/a/1/d", "/a/2/0", "/a/2", "/a/9", "/e/f", "/e/g", "/h", "/nowhere/0", "", "/e"];
        let mut pointed = Pointed::at(pointers.into_iter());
        pointed.read(&mut serde_json::Deserializer::from_str(text)).unwrap();
        for pointer in pointers {
            let expected = whole.pointer(pointer).and_then(serde_json::Value::as_f64);
            assert_eq!(pointed.number(pointer), expected, "{pointer}");
        }
        assert_eq!(pointed.number("/e/elsewhere"), None);
    }
}
