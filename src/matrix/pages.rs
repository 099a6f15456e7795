use std::fmt;
use std::ops::{Deref, DerefMut};

use memmap2::MmapMut;

/// Numbers in pages of their own: they begin on a page, and the system may use huge pages for them.
///
/// A scan of many small pages waits for address translation; with huge ones it runs at the speed of memory.
#[derive(Default)]
pub(super) struct Pages {
    /// `None` when there are no numbers: nothing cannot be mapped.
    map: Option<MmapMut>,
    len: usize,
}

impl Pages {
    /// `len` zeros.
    ///
    /// # Panics
    /// When the system has no memory left, as every allocation does.
    pub(super) fn zeroed(len: usize) -> Self {
        let map = (len > 0).then(|| MmapMut::map_anon(len * size_of::<f32>()).expect("memory can be mapped"));
        #[cfg(target_os = "linux")]
        if let Some(map) = &map {
            // Only advice: a system without huge pages refuses it, and nothing but speed is lost.
            let _ = map.advise(memmap2::Advice::HugePage);
        }
        Pages { map, len }
    }

    /// Forgets the numbers from `len` on.
    pub(super) fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
    }
}

impl Deref for Pages {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        self.map.as_ref().map_or(&[], |map| &bytemuck::cast_slice(map)[..self.len])
    }
}

impl DerefMut for Pages {
    fn deref_mut(&mut self) -> &mut [f32] {
        self.map.as_mut().map_or(&mut [], |map| &mut bytemuck::cast_slice_mut(map)[..self.len])
    }
}

impl Clone for Pages {
    fn clone(&self) -> Self {
        let mut copy = Pages::zeroed(self.len);
        copy.copy_from_slice(self);
        copy
    }
}

impl PartialEq for Pages {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl fmt::Debug for Pages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
