//! Rows of a result as serde sees them: maps from column names to values.
//!
//! Postgres sends a value several times as fast as it writes it into JSON.

use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, Visitor,
    value::{Error, MapAccessDeserializer, SeqDeserializer},
};
use serde::{de::Error as _, forward_to_deserialize_any};
use sqlx::{
    Column as _, Decode, Postgres, Row as _, TypeInfo as _, ValueRef as _,
    postgres::{PgRow, PgValueRef, types::Oid},
};

/// Understands a row as a `T`, whose fields are named as the columns.
///
/// # Errors
/// When a column is missing, of another type, or of a type that no catalog query returns.
pub(super) fn understand<T: DeserializeOwned>(row: &PgRow) -> Result<T, Error> {
    T::deserialize(MapAccessDeserializer::new(Columns { row, next: 0 }))
}

/// The columns of a row, in order.
struct Columns<'r> {
    row: &'r PgRow,
    next: usize,
}

impl<'de> MapAccess<'de> for Columns<'de> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Error> {
        let Some(column) = self.row.columns().get(self.next) else {
            return Ok(None);
        };
        self.next += 1;
        seed.deserialize(column.name().into_deserializer())
            .map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        let value = self.row.try_get_raw(self.next - 1);
        seed.deserialize(Value(value.map_err(Error::custom)?))
    }
}

/// One value.
struct Value<'r>(PgValueRef<'r>);

impl<'r> Value<'r> {
    fn decoded<T: Decode<'r, Postgres>>(self) -> Result<T, Error> {
        T::decode(self.0).map_err(Error::custom)
    }
}

impl<'de> Deserializer<'de> for Value<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.0.is_null() {
            return visitor.visit_unit();
        }
        let data_type = self.0.type_info().into_owned();
        match data_type.name() {
            "BOOL" => visitor.visit_bool(self.decoded()?),
            "INT2" => visitor.visit_i16(self.decoded()?),
            "INT4" => visitor.visit_i32(self.decoded()?),
            "INT8" => visitor.visit_i64(self.decoded()?),
            "OID" => visitor.visit_u32(self.decoded::<Oid>()?.0),
            "\"CHAR\"" => {
                let byte = self.decoded::<i8>()?.cast_unsigned();
                visitor.visit_char(byte.into())
            }
            "TEXT" | "NAME" => visitor.visit_borrowed_str(self.decoded()?),
            "TEXT[]" | "NAME[]" => {
                let texts: Vec<String> = self.decoded()?;
                visitor.visit_seq(SeqDeserializer::new(texts.into_iter()))
            }
            "INT2[]" => {
                let numbers: Vec<i16> = self.decoded()?;
                visitor.visit_seq(SeqDeserializer::new(numbers.into_iter()))
            }
            "OID[]" => {
                let oids: Vec<Oid> = self.decoded()?;
                visitor.visit_seq(SeqDeserializer::new(oids.into_iter().map(|oid| oid.0)))
            }
            "JSON" => {
                let json: &str = self.decoded()?;
                serde_json::Deserializer::from_str(json)
                    .deserialize_any(visitor)
                    .map_err(Error::custom)
            }
            other => Err(Error::custom(format!("unexpected type {other}"))),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.0.is_null() {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    /// A variant without data is its name.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let name: &str = self.decoded()?;
        visitor.visit_enum(name.into_deserializer())
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct newtype_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}
