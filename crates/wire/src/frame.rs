//! A frame: an ordered list of named fields, small enough to be written in either form.
//! Not here: bytes of a form (netstring.rs, text.rs), what the fields mean (message.rs).

/// No frame in either form is longer, in bytes.
pub const FRAME_MAX: usize = 64 * 1024;
/// Most fields in a frame, the inner signature included.
pub const FIELDS_MAX: usize = 64;
/// A beat has so many or fewer.
const FIELDS_USUAL: usize = 16;
/// Names and values of most beats fit into so many bytes.
const BYTES_USUAL: usize = 512;
/// Longest field name in bytes.
pub const NAME_MAX: usize = 32;
/// What the fields of one frame may weigh in the longer of the two forms. Leaves room for markers and signatures
/// below the 65,507 bytes that a datagram can carry.
const WEIGHT_MAX: usize = 65_000;

/// Field that carries the inner signature; only the encoders write it.
pub(crate) const AUTH: &str = "auth";
/// How the text form writes a newline within a value (spec/WIRE.md 2.2).
pub(crate) const NEWLINE_SUBSTITUTE: u8 = 0x13;

/// The value of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value<'a> {
    /// Type 0. Any bytes but NUL and 0x13, which the two forms cannot both carry.
    Text(&'a [u8]),
    /// Type 1. Any bytes; in practice an identity of 16.
    Binary(&'a [u8]),
}

impl<'a> Value<'a> {
    fn bytes(self) -> &'a [u8] {
        match self {
            Value::Text(bytes) | Value::Binary(bytes) => bytes,
        }
    }
}

/// One field. Its name is 1 to 32 letters, digits or underscores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field<'a> {
    pub name: &'a str,
    pub value: Value<'a>,
}

/// Fields in the order of the wire. Whatever is in here can be encoded in both forms.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frame {
    /// All fields as `NAME=VALUE`, one behind the other: one place in memory for a frame, not two for each field, and written
    /// into both forms as they are.
    bytes: Vec<u8>,
    places: Vec<Place>,
    /// A bit for each name, several of which may share one: most names that are looked for are not there.
    names: u64,
    weight: usize,
}

/// Where a field is. The frame has less than 65,536 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    key: Key,
    start: u32,
    value_len: u32,
    name_len: u8,
    binary: bool,
}

/// The first bytes of a name and its length: names with different keys differ. Each name is compared with all others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Key(u64);

/// Why a field cannot be part of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FieldError {
    #[error("a field name is not 1 to 32 letters, digits or underscores")]
    BadName,
    #[error("a field name occurs twice")]
    Duplicate,
    #[error("the frame has more than 64 fields")]
    TooMany,
    #[error("the fields of the frame are too long for one datagram")]
    TooLong,
    #[error("a text field holds a NUL or 0x13 byte")]
    BadText,
}

impl Key {
    /// Nothing when the bytes can be no name.
    fn of(name: &[u8]) -> Option<Key> {
        if name.is_empty() || name.len() > NAME_MAX {
            return None;
        }
        let mut plain = true;
        let mut key = name.len() as u64;
        for (place, byte) in name.iter().enumerate() {
            #[allow(clippy::indexing_slicing, reason = "a byte cannot leave a table of 256")]
            let in_names = IN_NAMES[usize::from(*byte)];
            plain &= in_names;
            if place < 7 {
                key = (key << 8) | u64::from(*byte);
            }
        }
        plain.then_some(Key(key))
    }

    /// One bit of 64, spread by the golden ratio.
    fn bit(self) -> u64 {
        1u64.rotate_left((self.0.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 58) as u32)
    }
}

const IN_NAMES: [bool; 256] = in_names();

#[allow(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "runs at compile time only")]
const fn in_names() -> [bool; 256] {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = (byte as u8).is_ascii_alphanumeric() || byte as u8 == b'_';
        byte += 1;
    }
    table
}

impl FieldError {
    pub(crate) fn reason(self) -> &'static str {
        match self {
            FieldError::BadName => "bad-name",
            FieldError::Duplicate => "duplicate-field",
            FieldError::TooMany => "too-many-fields",
            FieldError::TooLong => "too-long",
            FieldError::BadText => "bad-text",
        }
    }
}

impl Frame {
    /// A frame without fields.
    pub fn new() -> Frame {
        Frame { bytes: Vec::with_capacity(BYTES_USUAL), places: Vec::with_capacity(FIELDS_USUAL), names: 0, weight: 0 }
    }

    /// Appends a field. `auth` is no name for it: the encoders write that one.
    ///
    /// # Errors
    /// [`FieldError`] when the frame could not be encoded or decoded with it; the frame is unchanged then.
    pub fn push(&mut self, name: &str, value: Value<'_>) -> Result<(), FieldError> {
        if name == AUTH {
            return Err(FieldError::Duplicate);
        }
        // One place stays free for the inner signature.
        if self.places.len() >= FIELDS_MAX.saturating_sub(1) {
            return Err(FieldError::TooMany);
        }
        self.add(name.as_bytes(), value)
    }

    /// As [`Frame::push`], for decoders: the inner signature is kept as it came.
    pub(crate) fn add(&mut self, name: &[u8], value: Value<'_>) -> Result<(), FieldError> {
        self.place(name, value)?;
        self.bytes.extend_from_slice(name);
        self.bytes.push(b'=');
        self.bytes.extend_from_slice(value.bytes());
        Ok(())
    }

    /// As [`Frame::add`], for `NAME=VALUE` as it came, cut at its first `=`.
    pub(crate) fn add_line(&mut self, line: &[u8], equals: usize, binary: bool) -> Result<(), FieldError> {
        let (name, value) = line.split_at_checked(equals).ok_or(FieldError::BadName)?;
        let value = value.strip_prefix(b"=").ok_or(FieldError::BadName)?;
        self.place(name, if binary { Value::Binary(value) } else { Value::Text(value) })?;
        self.bytes.extend_from_slice(line);
        Ok(())
    }

    /// Notes where a field will be, behind all others.
    fn place(&mut self, name: &[u8], value: Value<'_>) -> Result<(), FieldError> {
        let key = Key::of(name).ok_or(FieldError::BadName)?;
        if self.find(key, name).is_some() {
            return Err(FieldError::Duplicate);
        }
        if self.places.len() >= FIELDS_MAX {
            return Err(FieldError::TooMany);
        }
        let (bytes, binary) = (value.bytes(), matches!(value, Value::Binary(_)));
        if !binary && bytes.iter().fold(0, |bad, b| bad | u8::from(*b == 0) | u8::from(*b == NEWLINE_SUBSTITUTE)) > 0 {
            return Err(FieldError::BadText);
        }
        let weight = self.weight.saturating_add(weight(name, value));
        if weight > WEIGHT_MAX {
            return Err(FieldError::TooLong);
        }
        // None of these is above the weight.
        let (start, value_len, name_len) = (self.bytes.len() as u32, bytes.len() as u32, name.len() as u8);
        self.weight = weight;
        self.names |= key.bit();
        self.places.push(Place { key, start, value_len, name_len, binary });
        Ok(())
    }

    /// All fields as they came, the inner signature (`auth`) included.
    pub fn fields(&self) -> impl ExactSizeIterator<Item = Field<'_>> {
        self.places.iter().map(|place| self.field(place))
    }

    /// The fields that say something: all but `auth`.
    pub fn payload(&self) -> impl Iterator<Item = Field<'_>> {
        self.fields().filter(|field| field.name != AUTH)
    }

    /// The payload for encoders, which need no text: `NAME=VALUE`, and where a binary value begins in it.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (&[u8], Option<usize>)> {
        self.places.iter().filter(|place| self.name(place) != AUTH.as_bytes()).map(|place| {
            let value = usize::from(place.name_len).saturating_add(1);
            let len = value.saturating_add(place.value_len as usize);
            (self.part(place.start as usize, len), place.binary.then_some(value))
        })
    }

    /// The value of a field.
    pub fn get(&self, name: &str) -> Option<Value<'_>> {
        let name = name.as_bytes();
        self.find(Key::of(name)?, name).map(|place| self.value(place))
    }

    fn find(&self, key: Key, name: &[u8]) -> Option<&Place> {
        if self.names & key.bit() == 0 {
            return None;
        }
        self.places.iter().find(|place| place.key == key && (name.len() <= 7 || self.name(place) == name))
    }

    fn name(&self, place: &Place) -> &[u8] {
        self.part(place.start as usize, usize::from(place.name_len))
    }

    fn value(&self, place: &Place) -> Value<'_> {
        let from = (place.start as usize).saturating_add(usize::from(place.name_len)).saturating_add(1);
        let value = self.part(from, place.value_len as usize);
        if place.binary { Value::Binary(value) } else { Value::Text(value) }
    }

    fn part(&self, from: usize, len: usize) -> &[u8] {
        self.bytes.get(from..from.saturating_add(len)).unwrap_or_default()
    }

    fn field(&self, place: &Place) -> Field<'_> {
        Field { name: std::str::from_utf8(self.name(place)).unwrap_or_default(), value: self.value(place) }
    }

    /// Upper bound for the bytes of all fields in either form, without markers and signatures.
    pub(crate) fn weight(&self) -> usize {
        self.weight
    }
}

/// Length of a field in the longer of the two forms, at most a few bytes too high.
fn weight(name: &[u8], value: Value<'_>) -> usize {
    // "12345:(0)" "=" "," around a netstring; "(1)" "=" and a newline around a line.
    const AROUND: usize = 11;
    let value = match value {
        Value::Text(text) => text.len(),
        Value::Binary(bytes) => bytes.len().div_ceil(3).saturating_mul(4),
    };
    name.len().saturating_add(value).saturating_add(AROUND)
}

#[cfg(test)]
mod tests;
