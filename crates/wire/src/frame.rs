//! A frame: an ordered list of named fields, small enough to be written in either form.
//! Not here: bytes of a form (netstring.rs, text.rs), what the fields mean (message.rs).

/// No frame in either form is longer, in bytes.
pub const FRAME_MAX: usize = 64 * 1024;
/// Most fields in a frame, the inner signature included.
pub const FIELDS_MAX: usize = 64;
/// A beat has so many or fewer. With so many the list stays below a kilobyte, beyond which allocators are slow.
const FIELDS_USUAL: usize = 14;
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Type 0. Any bytes but NUL and 0x13, which the two forms cannot both carry.
    Text(Vec<u8>),
    /// Type 1. Any bytes; in practice an identity of 16.
    Binary(Vec<u8>),
}

/// Name of a field: 1 to 32 letters, digits or underscores. Held in place, because a frame has more than a dozen and
/// each is compared with all others.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Name {
    /// First, because two names mostly differ in it already.
    len: u8,
    /// Filled up with zeros.
    bytes: [u8; NAME_MAX],
}

/// One field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    pub name: Name,
    pub value: Value,
}

/// Fields in the order of the wire. Whatever is in here can be encoded in both forms.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frame {
    fields: Vec<Field>,
    weight: usize,
}

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

impl Name {
    /// Nothing when the text can be no name.
    pub fn new(name: &[u8]) -> Option<Name> {
        let len = u8::try_from(name.len()).ok().filter(|len| *len > 0)?;
        if !name.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_') {
            return None;
        }
        let mut bytes = [0; NAME_MAX];
        bytes.get_mut(..name.len())?.copy_from_slice(name);
        Some(Name { len, bytes })
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }

    /// The name as bytes, all of them ASCII.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }
}

impl std::fmt::Debug for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Debug::fmt(self.as_str(), f)
    }
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
        Frame { fields: Vec::with_capacity(FIELDS_USUAL), weight: 0 }
    }

    /// Appends a field. `auth` is no name for it: the encoders write that one.
    ///
    /// # Errors
    /// [`FieldError`] when the frame could not be encoded or decoded with it; the frame is unchanged then.
    pub fn push(&mut self, name: &str, value: Value) -> Result<(), FieldError> {
        if name == AUTH {
            return Err(FieldError::Duplicate);
        }
        // One place stays free for the inner signature.
        if self.fields.len() >= FIELDS_MAX.saturating_sub(1) {
            return Err(FieldError::TooMany);
        }
        self.add(name.as_bytes(), value)
    }

    /// As [`Frame::push`], for decoders: the inner signature is kept as it came.
    pub(crate) fn add(&mut self, name: &[u8], value: Value) -> Result<(), FieldError> {
        let name = Name::new(name).ok_or(FieldError::BadName)?;
        if self.fields.iter().any(|field| field.name == name) {
            return Err(FieldError::Duplicate);
        }
        if self.fields.len() >= FIELDS_MAX {
            return Err(FieldError::TooMany);
        }
        if let Value::Text(text) = &value
            && text.iter().fold(false, |bad, b| bad | matches!(*b, 0 | NEWLINE_SUBSTITUTE))
        {
            return Err(FieldError::BadText);
        }
        let weight = self.weight.saturating_add(weight(&name, &value));
        if weight > WEIGHT_MAX {
            return Err(FieldError::TooLong);
        }
        self.weight = weight;
        self.fields.push(Field { name, value });
        Ok(())
    }

    /// All fields as they came, the inner signature (`auth`) included.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// The fields that say something: all but `auth`.
    pub fn payload(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|field| field.name.as_bytes() != AUTH.as_bytes())
    }

    /// The value of a field.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.fields.iter().find(|field| field.name.as_bytes() == name.as_bytes()).map(|field| &field.value)
    }

    /// Upper bound for the bytes of all fields in either form, without markers and signatures.
    pub(crate) fn weight(&self) -> usize {
        self.weight
    }
}

/// Length of a field in the longer of the two forms, at most a few bytes too high.
fn weight(name: &Name, value: &Value) -> usize {
    // "12345:(0)" "=" "," around a netstring; "(1)" "=" and a newline around a line.
    const AROUND: usize = 11;
    let value = match value {
        Value::Text(text) => text.len(),
        Value::Binary(bytes) => bytes.len().div_ceil(3).saturating_mul(4),
    };
    name.as_bytes().len().saturating_add(value).saturating_add(AROUND)
}

#[cfg(test)]
mod tests;
