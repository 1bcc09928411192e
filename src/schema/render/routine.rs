//! Functions and procedures, and what must be there in outline before them.

use crate::schema::{
    model::{Id, Object},
    order::is_shell_enough,
    render::{Script, Stage},
};

pub(super) fn write(script: &mut Script<'_>, id: &Id, object: &Object, definition: &str) {
    let schema = script.schema;
    let (types, rest): (Vec<_>, Vec<_>) = script
        .order
        .missing(&object.needs, id)
        .partition(|needed| is_shell_enough(needed, &schema.objects[*needed], id));
    for id in types {
        if script.shells.insert(id.clone()) {
            script.statement(format!("CREATE TYPE {}", id.name));
        }
    }
    match outline(definition).filter(|_| !rest.is_empty()) {
        // Routines that need each other: one without a body first, the bodies when all are there.
        Some(outline) => {
            script.statement(outline);
            script.late[Stage::Routine as usize].push(definition.to_owned());
        }
        None => script.statement(definition),
    }
}

/// The routine with an empty body, if Postgres looks into its body when it is made.
fn outline(definition: &str) -> Option<String> {
    let body = definition
        .find("\nBEGIN ATOMIC")
        .or_else(|| definition.find("\nRETURN "))?;
    Some(format!("{}\nAS ''", &definition[..body]))
}

#[cfg(test)]
mod tests {
    use super::outline;

    #[test]
    fn only_bodies_that_are_looked_into_are_left_out() {
        assert_eq!(
            outline(
                "CREATE OR REPLACE FUNCTION public.f()\n RETURNS integer\n LANGUAGE sql\nRETURN public.g()"
            ),
            Some(
                "CREATE OR REPLACE FUNCTION public.f()\n RETURNS integer\n LANGUAGE sql\nAS ''"
                    .to_owned()
            )
        );
        let text =
            "CREATE OR REPLACE FUNCTION public.f()\n LANGUAGE sql\nAS $function$SELECT 1$function$";
        assert_eq!(outline(text), None);
    }
}
