use super::{Catalog, builtin_texts};

/// The id of the catalog that tells at which stage of their life customers are.
pub const LIFECYCLE: &str = "lifecycle";

/// The catalog [`LIFECYCLE`] that ships with segmint, unless `catalogs` has one of this id, or none ships.
pub fn lifecycle_catalog(catalogs: &[Catalog]) -> Option<Catalog> {
    if catalogs.iter().any(|catalog| catalog.id == LIFECYCLE) {
        return None;
    }
    let (id, text) = builtin_texts().iter().find(|(id, _)| *id == LIFECYCLE)?;
    Some(Catalog::parse(text, id).expect("shipped catalogs have no mistakes"))
}
