//! People who sign in to the console, their roles, and whose cases they look after.

use super::{
    Store, StoreError, Tx,
    link::{Found, sql},
};

/// A person.
#[derive(Clone, PartialEq, Eq)]
pub struct Person {
    /// The personal id, as in the audit log.
    pub id: String,
    /// What screens show.
    pub name: String,
    /// Argon2id, as a PHC string.
    pub password: String,
    /// Somebody else chose the password.
    pub initial: bool,
    /// The second factor, sealed.
    pub totp: Option<String>,
    /// A second factor that was shown and not confirmed yet, sealed.
    pub totp_next: Option<String>,
    /// The step of the last code that counted.
    pub totp_used: i64,
    /// May sign in.
    pub enabled: bool,
    /// RFC 3339.
    pub created_at: String,
    /// When they last signed in, RFC 3339.
    pub signed_in_at: Option<String>,
    /// The words of their roles, sorted.
    pub roles: Vec<String>,
}

impl std::fmt::Debug for Person {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Person").field("id", &self.id).field("roles", &self.roles).finish_non_exhaustive()
    }
}

/// Roles are read with the person, as one text.
const PEOPLE: &str =
    "SELECT p.*, coalesce((SELECT string_agg(r.role, ' ') FROM roles r WHERE r.person = p.id), '') AS held
                      FROM people p";

fn read(row: &Found) -> Result<Person, StoreError> {
    let mut roles: Vec<String> = row.text("held")?.split_whitespace().map(str::to_owned).collect();
    roles.sort();
    Ok(Person {
        id: row.text("id")?,
        name: row.text("name")?,
        password: row.text("password")?,
        initial: row.int("initial")? != 0,
        totp: row.maybe_text("totp")?,
        totp_next: row.maybe_text("totp_next")?,
        totp_used: row.int("totp_used")?,
        enabled: row.int("enabled")? != 0,
        created_at: row.text("created_at")?,
        signed_in_at: row.maybe_text("signed_in_at")?,
        roles,
    })
}

impl Store {
    /// The person with this id.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn person(&self, id: &str) -> Result<Option<Person>, StoreError> {
        let one = sql(format!("{PEOPLE} WHERE p.id = $1")).bind(id);
        self.maybe(one).await?.as_ref().map(read).transpose()
    }

    /// Everybody, by id.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn people(&self) -> Result<Vec<Person>, StoreError> {
        self.all(sql(format!("{PEOPLE} ORDER BY p.id"))).await?.iter().map(read).collect()
    }

    /// Who looks after the cases of which scenario.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn handlers(&self) -> Result<Vec<(String, String)>, StoreError> {
        let all = sql("SELECT scenario, person FROM handlers ORDER BY scenario, person");
        self.all(all).await?.iter().map(|row| Ok((row.text("scenario")?, row.text("person")?))).collect()
    }

    /// Whether `person` looks after the cases of `scenario`: they are named, or nobody is.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn handles(&self, person: &str, scenario: &str) -> Result<bool, StoreError> {
        let named = sql("SELECT person FROM handlers WHERE scenario = $1").bind(scenario);
        let found = self.all(named).await?;
        let people: Vec<String> = found.iter().map(|row| row.text("person")).collect::<Result<_, _>>()?;
        Ok(people.is_empty() || people.iter().any(|id| id == person))
    }
}

impl Tx<'_> {
    /// The person with this id, as this change sees them.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn person(&mut self, id: &str) -> Result<Option<Person>, StoreError> {
        self.alone(format!("person {id}")).await?;
        let one = sql(format!("{PEOPLE} WHERE p.id = $1")).bind(id);
        one.maybe(self.link()).await?.as_ref().map(read).transpose()
    }

    /// Adds a person without roles. False when there is one with this id.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn add_person(
        &mut self,
        id: &str,
        name: &str,
        password: &str,
        at: &str,
    ) -> Result<bool, StoreError> {
        let add = "INSERT INTO people (id, name, password, initial, created_at) VALUES ($1, $2, $3, 1, $4)
                   ON CONFLICT (id) DO NOTHING";
        let added = sql(add).bind(id).bind(name).bind(password).bind(at).run(self.link()).await?;
        Ok(added == 1)
    }

    /// Sets a password; `initial` when somebody else chose it. Then the second factor is set up anew, too.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn set_password(&mut self, id: &str, password: &str, initial: bool) -> Result<(), StoreError> {
        let set = sql("UPDATE people SET password = $2, initial = $3 WHERE id = $1");
        set.bind(id).bind(password).bind(initial).run(self.link()).await?;
        if initial {
            let forget = sql("UPDATE people SET totp = NULL, totp_next = NULL WHERE id = $1");
            forget.bind(id).run(self.link()).await?;
        }
        Ok(())
    }

    /// Keeps a second factor that is shown to the person.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn offer_totp(&mut self, id: &str, sealed: &str) -> Result<(), StoreError> {
        let set = sql("UPDATE people SET totp_next = $2 WHERE id = $1");
        set.bind(id).bind(sealed).run(self.link()).await?;
        Ok(())
    }

    /// The second factor that was shown counts from now on.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn take_totp(&mut self, id: &str) -> Result<(), StoreError> {
        let set = sql("UPDATE people SET totp = totp_next, totp_next = NULL WHERE id = $1");
        set.bind(id).run(self.link()).await?;
        Ok(())
    }

    /// The code of `step` has counted. False when it had before: two sign-ins raced with one code.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn use_totp(&mut self, id: &str, step: i64) -> Result<bool, StoreError> {
        let used = sql("UPDATE people SET totp_used = $2 WHERE id = $1 AND totp_used < $2");
        Ok(used.bind(id).bind(step).run(self.link()).await? == 1)
    }

    /// Notes when a person signed in.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn note_sign_in(&mut self, id: &str, at: &str) -> Result<(), StoreError> {
        let note = sql("UPDATE people SET signed_in_at = $2 WHERE id = $1");
        note.bind(id).bind(at).run(self.link()).await?;
        Ok(())
    }

    /// Lets a person sign in, or not.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn enable_person(&mut self, id: &str, enabled: bool) -> Result<(), StoreError> {
        let set = sql("UPDATE people SET enabled = $2 WHERE id = $1");
        set.bind(id).bind(enabled).run(self.link()).await?;
        Ok(())
    }

    /// Gives a role. False when the person has it.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn grant(&mut self, id: &str, role: &str, at: &str) -> Result<bool, StoreError> {
        let grant = "INSERT INTO roles (person, role, granted_at) VALUES ($1, $2, $3) ON CONFLICT (person, role) DO NOTHING";
        Ok(sql(grant).bind(id).bind(role).bind(at).run(self.link()).await? == 1)
    }

    /// Takes a role. False when the person does not have it.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn revoke(&mut self, id: &str, role: &str) -> Result<bool, StoreError> {
        let revoke = sql("DELETE FROM roles WHERE person = $1 AND role = $2");
        Ok(revoke.bind(id).bind(role).run(self.link()).await? == 1)
    }

    /// Says who looks after the cases of a scenario.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn set_handlers(&mut self, scenario: &str, people: &[String]) -> Result<(), StoreError> {
        sql("DELETE FROM handlers WHERE scenario = $1").bind(scenario).run(self.link()).await?;
        for person in people {
            let add = sql("INSERT INTO handlers (scenario, person) VALUES ($1, $2)");
            add.bind(scenario).bind(person).run(self.link()).await?;
        }
        Ok(())
    }
}
