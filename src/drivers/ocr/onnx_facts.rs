//! The facts a model file carries about itself (`metadata_props` of an ONNX file), read without an ONNX library:
//! the dictionary is in there, and both inference engines must see the same one.

/// The value of `key` among the facts of the model.
pub(super) fn fact(model: &[u8], key: &str) -> Option<String> {
    let mut rest = model;
    while !rest.is_empty() {
        let (field, body, after) = message_part(rest)?;
        if field == 14 && entry(body, 1)? == key.as_bytes() {
            return String::from_utf8(entry(body, 2)?.to_vec()).ok();
        }
        rest = after;
    }
    None
}

/// The bytes of field `wanted` in a small message of texts.
fn entry(mut body: &[u8], wanted: u64) -> Option<&[u8]> {
    while !body.is_empty() {
        let (field, value, after) = message_part(body)?;
        if field == wanted {
            return Some(value);
        }
        body = after;
    }
    None
}

/// The first field of a protobuf message: its number, its bytes (empty for numbers), what follows.
fn message_part(bytes: &[u8]) -> Option<(u64, &[u8], &[u8])> {
    let (tag, rest) = varint(bytes)?;
    match tag & 7 {
        0 => varint(rest).map(|(_, after)| (tag >> 3, &rest[..0], after)),
        1 => Some((tag >> 3, &rest[..0], rest.get(8..)?)),
        2 => {
            let (len, body) = varint(rest)?;
            let len = usize::try_from(len).ok()?;
            Some((tag >> 3, body.get(..len)?, body.get(len..)?))
        }
        5 => Some((tag >> 3, &rest[..0], rest.get(4..)?)),
        _ => None,
    }
}

/// A variable-length number and what follows it.
fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0;
    for (i, b) in bytes.iter().enumerate().take(10) {
        value |= u64::from(b & 0x7f) << (7 * i);
        if b & 0x80 == 0 {
            return Some((value, &bytes[i + 1..]));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::fact;

    #[test]
    fn a_fact_is_found_after_other_fields() {
        let model =
            b"\x08\x07\x3a\x02gg\x72\x0a\x0a\x01k\x12\x05\xe6\x9b\xb8\xe8\xa8\x72\x06\x0a\x01z\x12\x01v";
        assert_eq!(fact(model, "z").as_deref(), Some("v"));
        assert_eq!(fact(model, "absent"), None);
        assert_eq!(fact(b"\x72\xff", "z"), None);
    }
}
