//! Which partition a key selects.

/// The partition, counted from 0, that a partition key selects among `count`, which is not zero.
///
/// The rule is that of Microsoft's Python client when it buffers events by partition: a 16-bit hash
/// of the key's UTF-8 bytes (Bob Jenkins' lookup3), then the remainder, rounded towards negative
/// infinity. That the service places events in the same way is what its clients intend, but is not
/// documented.
pub(crate) fn partition_of(key: &str, count: u32) -> u32 {
    let remainder = i64::from(hash(key.as_bytes())).rem_euclid(i64::from(count));
    u32::try_from(remainder).expect("a remainder is less than its divisor")
}

/// The low 16 bits of lookup3's two results combined.
fn hash(key: &[u8]) -> i16 {
    let (b, c) = lookup3(key);
    // Signed, as the client keeps it: the sign decides the remainder of half of all keys.
    ((b ^ c) & 0xFFFF) as u16 as i16
}

/// `hashlittle2` of Bob Jenkins' lookup3.c (public domain), both seeds zero:
/// <https://burtleburtle.net/bob/c/lookup3.c>.
fn lookup3(key: &[u8]) -> (u32, u32) {
    let start = 0xDEAD_BEEF_u32.wrapping_add(key.len() as u32);
    let mut state = [start; 3];
    // The last block, full or not, is mixed differently; an empty key has none.
    let last = key.len().saturating_sub(1) / 12 * 12;
    let (blocks, tail) = key.split_at(last);
    for block in blocks.chunks_exact(12) {
        add(&mut state, block);
        mix(&mut state);
    }
    if !tail.is_empty() {
        add(&mut state, tail);
        finish(&mut state);
    }
    let [_, b, c] = state;
    (b, c)
}

/// Adds up to twelve bytes as three little-endian words, missing ones as zero.
fn add(state: &mut [u32; 3], bytes: &[u8]) {
    for (word, bytes) in state.iter_mut().zip(bytes.chunks(4)) {
        let mut padded = [0; 4];
        padded.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
        *word = word.wrapping_add(u32::from_le_bytes(padded));
    }
}

fn mix([a, b, c]: &mut [u32; 3]) {
    let step = |x: &mut u32, y: &mut u32, z: &mut u32, bits| {
        *x = x.wrapping_sub(*z) ^ z.rotate_left(bits);
        *z = z.wrapping_add(*y);
    };
    step(a, b, c, 4);
    step(b, c, a, 6);
    step(c, a, b, 8);
    step(a, b, c, 16);
    step(b, c, a, 19);
    step(c, a, b, 4);
}

fn finish([a, b, c]: &mut [u32; 3]) {
    let step = |x: &mut u32, y: &u32, bits| *x = (*x ^ *y).wrapping_sub(y.rotate_left(bits));
    step(c, b, 14);
    step(a, c, 11);
    step(b, a, 25);
    step(c, b, 16);
    step(a, c, 4);
    step(b, a, 14);
    step(c, b, 24);
}

#[cfg(test)]
mod tests {
    use super::{hash, partition_of};

    #[test]
    fn keys_hash_as_in_the_python_client() {
        let text = include_str!("../../../fixtures/partition-key/vectors.json");
        let fixture: serde_json::Value = serde_json::from_str(text).unwrap();
        let vectors = fixture["vectors"].as_array().unwrap();
        assert_eq!(vectors.len(), 11);
        for vector in vectors {
            let key = vector["key"].as_str().unwrap();
            assert_eq!(i64::from(hash(key.as_bytes())), vector["hash"].as_i64().unwrap(), "{key}");
            for (count, partition) in vector["partition_of"].as_object().unwrap() {
                let found = partition_of(key, count.parse().unwrap());
                assert_eq!(u64::from(found), partition.as_u64().unwrap(), "{key} of {count}");
            }
        }
    }

    #[test]
    fn a_key_of_any_length_selects_a_partition() {
        for length in 0..64 {
            assert!(partition_of(&"é".repeat(length), 7) < 7);
        }
    }
}
