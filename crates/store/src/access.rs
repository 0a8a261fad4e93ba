//! Accounts, sessions, tokens, and the trail of what they did.

use crate::{
    error::Result,
    list::Which,
    page::{Listed, Page, TimeSort},
    rows::{Account, Session, Token, Trail},
    store::Store,
    value::Cell as _,
    write::{insert, insert_new, upsert},
};
use jiff::Timestamp;

/// Accounts and tokens that are listed: more people than that have an identity provider.
const MOST_ACCOUNTS: u32 = 1000;

impl Store {
    /// Makes an account; its id and its name must be new.
    pub async fn create_account(&self, account: &Account) -> Result<()> {
        self.put(insert::<Account>(), std::slice::from_ref(account)).await.map(drop)
    }

    /// Writes an account that may exist.
    pub async fn put_account(&self, account: &Account) -> Result<()> {
        self.put(upsert::<Account>(&["created_at"]), std::slice::from_ref(account)).await.map(drop)
    }

    /// One account.
    pub async fn account(&self, id: &str) -> Result<Option<Account>> {
        self.one("id", id).await
    }

    /// The account of this name.
    pub async fn account_named(&self, name: &str) -> Result<Option<Account>> {
        self.one("name", name).await
    }

    /// All accounts, by name.
    pub async fn accounts(&self) -> Result<Vec<Account>> {
        self.all(Which::default(), "name", MOST_ACCOUNTS).await
    }

    /// Deletes an account, its sessions and its tokens. Gives whether there was one.
    pub async fn delete_account(&self, id: &str) -> Result<bool> {
        self.delete("account", "id", id).await
    }

    /// Adds a session; its account must exist.
    pub async fn create_session(&self, session: &Session) -> Result<()> {
        self.put(insert::<Session>(), std::slice::from_ref(session)).await.map(drop)
    }

    /// One session, expired or not.
    pub async fn session(&self, id_hash: &str) -> Result<Option<Session>> {
        self.one("id_hash", id_hash).await
    }

    /// Says that a session was used.
    pub async fn touch_session(&self, id_hash: &str, now: Timestamp) -> Result<()> {
        let sql = "UPDATE session SET seen_at = ?1 WHERE id_hash = ?2";
        self.change(sql, vec![now.store(), id_hash.to_owned().store()]).await.map(drop)
    }

    /// Ends a session.
    pub async fn delete_session(&self, id_hash: &str) -> Result<bool> {
        self.delete("session", "id_hash", id_hash).await
    }

    /// Ends all sessions of an account.
    pub async fn delete_sessions_of(&self, account: &str) -> Result<bool> {
        self.delete("session", "account", account).await
    }

    /// Adds a token; its account must exist.
    pub async fn create_token(&self, token: &Token) -> Result<()> {
        self.put(insert::<Token>(), std::slice::from_ref(token)).await.map(drop)
    }

    /// One token, expired or not.
    pub async fn token(&self, id: &str) -> Result<Option<Token>> {
        self.one("id", id).await
    }

    /// The tokens of an account, or all.
    pub async fn tokens(&self, account: Option<&str>) -> Result<Vec<Token>> {
        let mut which = Which::default();
        which.is("account", account.map(str::to_owned).as_ref());
        self.all(which, "name, id", MOST_ACCOUNTS).await
    }

    /// Says that a token was used.
    pub async fn touch_token(&self, id: &str, now: Timestamp) -> Result<()> {
        let sql = "UPDATE token SET used_at = ?1 WHERE id = ?2";
        self.change(sql, vec![now.store(), id.to_owned().store()]).await.map(drop)
    }

    /// Deletes a token.
    pub async fn delete_token(&self, id: &str) -> Result<bool> {
        self.delete("token", "id", id).await
    }

    /// Adds to the trail. It is never rewritten.
    pub async fn put_trail(&self, entries: &[Trail]) -> Result<()> {
        self.put(insert_new::<Trail>(), entries).await.map(drop)
    }

    /// A page of the trail, with this text in who, action or what.
    pub async fn trail(&self, text: Option<&str>, page: &Page<TimeSort>) -> Result<Listed<Trail>> {
        let mut which = Which::default();
        which.like(&["who", "action", "what"], text);
        self.list(which, page).await
    }

    async fn delete(&self, table: &str, column: &str, id: &str) -> Result<bool> {
        let sql = format!("DELETE FROM \"{table}\" WHERE \"{column}\" = ?1");
        Ok(self.change(&sql, vec![id.to_owned().store()]).await? > 0)
    }
}
