//! Fields by name, as the types that they carry.
//! Not here: which message needs which.

use super::{NODES_MAX, TEXT_MAX, is_clean};
use crate::frame::{Frame, Value};
use crate::reject::Reject;
use systole_core::{NodeName, Uuid};

type Name = &'static str;

/// Looks into a frame; every error names the field and never its content.
pub(super) struct Fields<'a>(pub &'a Frame);

impl<'a> Fields<'a> {
    /// Text without control characters.
    pub fn text_if(&self, name: Name) -> Result<Option<&'a str>, Reject> {
        self.any_text_if(name)?
            .map(|text| if is_clean(text) { Ok(text) } else { Err(Reject::BadValue(name)) })
            .transpose()
    }

    pub fn text(&self, name: Name) -> Result<&'a str, Reject> {
        self.text_if(name)?.ok_or(Reject::Missing(name))
    }

    /// Text of any content and length, for fields with a grammar of their own.
    pub fn any_text_if(&self, name: Name) -> Result<Option<&'a str>, Reject> {
        match self.0.get(name) {
            None => Ok(None),
            Some(Value::Text(text)) => std::str::from_utf8(text).map(Some).map_err(|_| Reject::BadValue(name)),
            Some(Value::Binary(_)) => Err(Reject::BadValue(name)),
        }
    }

    pub fn owned(&self, name: Name) -> Result<String, Reject> {
        self.text(name).map(str::to_owned)
    }

    pub fn owned_if(&self, name: Name) -> Result<Option<String>, Reject> {
        Ok(self.text_if(name)?.map(str::to_owned))
    }

    pub fn hex_if(&self, name: Name) -> Result<Option<u64>, Reject> {
        self.number_if(name, 16)
    }

    pub fn hex(&self, name: Name) -> Result<u64, Reject> {
        self.hex_if(name)?.ok_or(Reject::Missing(name))
    }

    pub fn short(&self, name: Name) -> Result<u16, Reject> {
        u16::try_from(self.hex(name)?).map_err(|_| Reject::BadValue(name))
    }

    pub fn decimal_if(&self, name: Name) -> Result<Option<u64>, Reject> {
        self.number_if(name, 10)
    }

    pub fn decimal(&self, name: Name) -> Result<u64, Reject> {
        self.decimal_if(name)?.ok_or(Reject::Missing(name))
    }

    fn number_if(&self, name: Name, radix: u32) -> Result<Option<u64>, Reject> {
        let bytes = match self.0.get(name) {
            None => return Ok(None),
            Some(Value::Text(bytes)) if !bytes.is_empty() && bytes.len() <= TEXT_MAX => bytes,
            Some(_) => return Err(Reject::BadValue(name)),
        };
        // Digits only: no sign, which Rust's own reader would take.
        let add = |number: u64, byte: &u8| {
            let digit = char::from(*byte).to_digit(radix)?;
            number.checked_mul(u64::from(radix))?.checked_add(u64::from(digit))
        };
        bytes.iter().try_fold(0, add).map(Some).ok_or(Reject::BadValue(name))
    }

    pub fn node_if(&self, name: Name) -> Result<Option<NodeName>, Reject> {
        let Some(text) = self.any_text_if(name)? else { return Ok(None) };
        NodeName::new(text).map(Some).map_err(|error| Reject::BadNode(name, error))
    }

    pub fn node(&self, name: Name) -> Result<NodeName, Reject> {
        self.node_if(name)?.ok_or(Reject::Missing(name))
    }

    /// Names separated by blanks, with a blank at the end when Heartbeat writes it.
    pub fn nodes_if(&self, name: Name) -> Result<Vec<NodeName>, Reject> {
        let text = self.any_text_if(name)?.unwrap_or_default();
        let mut nodes = Vec::new();
        for word in text.split(' ').filter(|word| !word.is_empty()) {
            if nodes.len() >= NODES_MAX {
                return Err(Reject::BadValue(name));
            }
            nodes.push(NodeName::new(word).map_err(|error| Reject::BadNode(name, error))?);
        }
        Ok(nodes)
    }

    pub fn uuid_if(&self, name: Name) -> Result<Option<Uuid>, Reject> {
        match self.0.get(name) {
            None => Ok(None),
            Some(Value::Binary(bytes)) => match <[u8; 16]>::try_from(bytes) {
                Ok(bytes) => Ok(Some(Uuid(bytes))),
                Err(_) => Err(Reject::BadValue(name)),
            },
            Some(Value::Text(_)) => Err(Reject::BadValue(name)),
        }
    }
}
