//! Images: their names, and what the engine knows about them.

use std::fmt;

use anyhow::{Context, bail};
use testcontainers_modules::postgres::Postgres;
use testcontainers_modules::testcontainers::ImageExt;
use testcontainers_modules::testcontainers::bollard::errors::Error;
use testcontainers_modules::testcontainers::bollard::models::ImageInspect;
use testcontainers_modules::testcontainers::runners::AsyncRunner;

use crate::provider::container::engine;

/// An image's name with its tag (or the digest's hash).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) name: String,
    pub(crate) tag: String,
}

/// An image that the engine has.
#[derive(Clone, Debug)]
pub(crate) struct Image {
    pub(crate) name: Name,
    /// The id, which changes with the content.
    pub(crate) id: String,
    /// The folders that it declares as volumes.
    pub(crate) volumes: Vec<String>,
    /// Its default command.
    pub(crate) command: Vec<String>,
    /// The value of one of its labels, for an image of ours.
    pub(crate) labels: std::collections::HashMap<String, String>,
}

impl Name {
    /// Reads `name:tag` or `name@sha256:…`. A name without either is refused: it would mean another Postgres tomorrow.
    pub(crate) fn parse(text: &str) -> anyhow::Result<Name> {
        match text.rsplit_once(':') {
            Some((name, tag)) if !name.is_empty() && !tag.is_empty() && !tag.contains('/') => {
                Ok(Name {
                    name: name.to_owned(),
                    tag: tag.to_owned(),
                })
            }
            _ => bail!("the image `{text}` has no tag: write one, such as `{text}:17`"),
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.name, self.tag)
    }
}

/// The image as the engine has it; `None` when it has not.
pub(crate) async fn find(name: &Name) -> anyhow::Result<Option<Image>> {
    let docker = engine::client().await?;
    let found = match docker.inspect_image(&name.to_string()).await {
        Ok(found) => found,
        Err(Error::DockerResponseServerError {
            status_code: 404, ..
        }) => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("look for the image {name}")),
    };
    let ImageInspect {
        id: Some(id),
        config: Some(config),
        ..
    } = found
    else {
        bail!("the engine says nothing about the image {name}");
    };
    Ok(Some(Image {
        name: name.clone(),
        id,
        volumes: config.volumes.unwrap_or_default().into_iter().collect(),
        command: config.cmd.unwrap_or_default(),
        labels: config.labels.unwrap_or_default(),
    }))
}

/// Pulls the image, with the user's own credentials for its registry.
pub(crate) async fn pull(name: &Name) -> anyhow::Result<()> {
    let _request = Postgres::default()
        .with_name(&name.name)
        .with_tag(&name.tag)
        .pull_image()
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::Name;

    #[test]
    fn names_need_a_tag() {
        let name = Name::parse("registry.example:5000/team/postgres:17.5").unwrap();
        assert_eq!(
            (name.name.as_str(), name.tag.as_str()),
            ("registry.example:5000/team/postgres", "17.5")
        );
        assert_eq!(
            Name::parse("postgres@sha256:abc").unwrap().to_string(),
            "postgres@sha256:abc"
        );
        for bare in [
            "postgres",
            "registry.example:5000/postgres",
            "postgres:",
            ":17",
        ] {
            assert!(Name::parse(bare).is_err(), "{bare}");
        }
    }
}
