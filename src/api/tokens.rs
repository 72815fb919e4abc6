//! The endpoints of tokens: who gets one, and what ends it.

use super::Call;
use super::contacts::{attributes_path, too_large};
use super::response::Response;
use super::shapes::{AgentTokenBody, AuthenticatedBody, VisitorBody};
use crate::access::AccessServices;
use crate::access::token::{AgentSubject, Token, TokenSecrets, TokenSubject};
use crate::domain::agent_login::AgentLogin;
use crate::domain::id::parse_uuid;
use crate::domain::limits::{
    AGENT_ID_MAX_CHARS, AUTHORIZATION_MAX_CHARS, VISITOR_TOKEN_LIFETIME_S,
};
use crate::domain::login::Login;
use crate::error::{Error, Violation, ViolationCode};
use crate::storage::Store;
use crate::storage::contacts::AuthenticateContact;
use crate::validation::json::Json;
use crate::validation::json_text;
use crate::validation::text::is_longer;
use percent_encoding::percent_decode_str;

impl<S: Store, A: AccessServices> Call<'_, S, A> {
    /// `POST /widget/authenticate-user`
    pub(super) async fn authenticate_user(&self, body: &[u8]) -> Result<Response, Error> {
        let login = Login::check(&json_text::parse(body)?)?;
        // Without a secret nothing is written.
        let secrets = self.token_secrets().await?;

        let tenant = self.principal.tenant();
        let authenticate = AuthenticateContact {
            login,
            new_contact_id: self.context.contact_id(),
            now_ms: self.context.now_ms,
        };
        let contact = self.store.authenticate_contact(tenant, &authenticate);
        let contact = contact.await?;
        let contact = contact.ok_or_else(|| too_large(attributes_path(body, "")))?;
        let lifetime_s = authenticate.login.lifetime_s;
        let token = self.sign(TokenSubject::Contact(contact), lifetime_s, &secrets)?;
        Response::json(201, &AuthenticatedBody::new(token, contact.contact_id))
    }

    /// `DELETE /contacts/{contact_id}/tokens`
    pub(super) async fn revoke_tokens(&self, id: &str) -> Result<Response, Error> {
        let id = parse_uuid(id).ok_or(Error::ContactNotFound)?;
        let tenant = self.principal.tenant();
        let now_ms = self.context.now_ms;
        if self.store.revoke_tokens(tenant, id, now_ms).await? {
            Ok(Response::empty(204))
        } else {
            Err(Error::ContactNotFound)
        }
    }

    /// `POST /widget/visitors`. It stores nothing: whoever reads the page can ask.
    pub(super) async fn create_visitor(&self, body: &[u8]) -> Result<Response, Error> {
        // No field yet, so there need not be a body.
        let is_object = body.is_empty() || matches!(json_text::parse(body)?, Json::Object(_));
        if !is_object {
            let message = "The body must be a JSON object, or there must be none.";
            return Err(Error::MalformedJson(message.to_owned()));
        }
        let visitor_id = self.context.visitor_id();
        let subject = TokenSubject::Visitor(visitor_id);
        let secrets = self.token_secrets().await?;
        let token = self.sign(subject, VISITOR_TOKEN_LIFETIME_S, &secrets)?;
        Response::json(201, &VisitorBody { token, visitor_id })
    }

    /// `POST /agents/tokens`. It stores nothing: the token has everything about the agent.
    pub(super) async fn create_agent_token(&self, body: &[u8]) -> Result<Response, Error> {
        let AgentLogin { agent, lifetime_s } = AgentLogin::check(&json_text::parse(body)?)?;
        let id = agent
            .id
            .unwrap_or_else(|| self.context.agent_id().to_string());
        let subject = TokenSubject::Agent(AgentSubject {
            id: id.clone(),
            name: agent.name.clone(),
            avatar_url: agent.avatar_url,
            issued_at_ms: self.context.now_ms,
        });
        let token = self.sign(subject, lifetime_s, &self.token_secrets().await?)?;
        if "Bearer ".len().saturating_add(token.len()) > AUTHORIZATION_MAX_CHARS {
            return Err(Error::InvalidRequest(vec![Violation {
                path: "/avatar_url".to_owned(),
                code: ViolationCode::TooLong,
                message: "would make the token too long for a header, together with id and name; \
                          a shorter address fits, or one in ASCII"
                    .into(),
            }]));
        }
        Response::json(201, &AgentTokenBody::new(token, id, agent.name))
    }

    /// `DELETE /agents/{agent_id}/tokens`. Agents are not stored, so none is unknown.
    pub(super) async fn revoke_agent_tokens(&self, id: &str) -> Result<Response, Error> {
        let id = percent_decode_str(id).decode_utf8();
        // There are no tokens of an id that cannot be one.
        if let Ok(id) = id
            && !is_longer(&id, AGENT_ID_MAX_CHARS)
        {
            let (tenant, now_ms) = (self.principal.tenant(), self.context.now_ms);
            self.store.revoke_agent_tokens(tenant, &id, now_ms).await?;
        }
        Ok(Response::empty(204))
    }

    /// Signs a token of the caller's organization, which ends with the caller's key.
    fn sign(
        &self,
        subject: TokenSubject,
        lifetime_s: u32,
        secrets: &TokenSecrets,
    ) -> Result<String, Error> {
        let token = Token {
            organization: self.principal.tenant().organization.clone(),
            subject,
            key: self.principal.key().clone(),
        };
        let context = self.context;
        token.sign(lifetime_s, context.token_id(), context.now_ms, secrets)
    }

    /// Returns the secrets that sign tokens.
    async fn token_secrets(&self) -> Result<TokenSecrets, Error> {
        self.services.token_secrets().await.ok_or_else(|| {
            let cause = "TOKEN_SECRET is missing, or shorter than 32 bytes";
            Error::InternalError(cause.to_owned())
        })
    }
}
