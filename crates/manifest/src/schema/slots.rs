//! Fields by type and name.

use super::{FieldLine, Fields};

/// The places of all fields among those of the schema, found by a hash of type and name. It is a
/// table of its own rather than a `HashMap`: an object is checked at the door of a cluster, and
/// asks for each of its keys. The names are our own, so nobody can choose them to collide.
#[derive(Debug, Default)]
pub(super) struct Slots {
    /// As many as a power of two: a place and one, or 0 where there is none.
    places: Vec<u16>,
}

/// Slots for each field: most are found at the first.
const SLOTS_PER_FIELD: usize = 4;

impl Slots {
    /// The slots of these fields of these types.
    pub(super) fn of(types: impl Iterator<Item = Fields>, fields: &[FieldLine]) -> Self {
        let count = (fields.len() * SLOTS_PER_FIELD).next_power_of_two();
        let mut slots = Self { places: vec![0; count] };
        for own in types {
            for place in own.first..own.first + own.count {
                let Some(line) = fields.get(usize::from(place)) else { continue };
                slots.put(hash(own, line.name.as_bytes()), place + 1);
            }
        }
        slots
    }

    fn put(&mut self, hash: usize, place: u16) {
        let mask = self.places.len() - 1;
        let mut all = (0..=mask).map(|step| (hash + step) & mask);
        let free = all.find(|slot| self.places.get(*slot) == Some(&0));
        if let Some(slot) = free.and_then(|slot| self.places.get_mut(slot)) {
            *slot = place;
        }
    }

    /// The field of a type that has this name.
    pub(super) fn find<'f>(
        &self,
        own: Fields,
        fields: &'f [FieldLine],
        name: &[u8],
    ) -> Option<&'f FieldLine> {
        let mask = self.places.len().wrapping_sub(1);
        let mut slot = hash(own, name) & mask;
        loop {
            let place = self.places.get(slot)?.checked_sub(1)?;
            if place.wrapping_sub(own.first) < own.count {
                let line = fields.get(usize::from(place))?;
                if line.name.as_bytes() == name {
                    return Some(line);
                }
            }
            slot = (slot + 1) & mask;
        }
    }
}

/// Names differ in their first or last letters, or in length.
fn hash(own: Fields, name: &[u8]) -> usize {
    const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;
    let word = |bytes: &[u8; 4]| u64::from(u32::from_le_bytes(*bytes));
    let letters = match (name.first_chunk(), name.last_chunk()) {
        (Some(first), Some(last)) => word(first) << 32 | word(last),
        _ => name.iter().fold(0, |letters, letter| letters << 8 | u64::from(*letter)),
    };
    let length = u64::try_from(name.len()).unwrap_or(u64::MAX);
    let own = u64::from(own.first) << 16 ^ length;
    let mixed = (letters ^ own.wrapping_mul(SPREAD)).wrapping_mul(SPREAD);
    usize::try_from(mixed >> 40).unwrap_or_default()
}
