//! The OpenAPI document's operations of contacts.

use super::examples;
use super::headers::{contact_parameters, export_cursor, headers};
use super::links::after_finding;
use super::operations::{one_example, responses};
use super::requests::{json_content, reference, schema};
use serde_json::{Value, json};

pub(super) fn find_contact(security: &Value) -> Value {
    json!({
        "operationId": "findContact",
        "summary": "Find a person",
        "description": "The contact that is known by this email, or else by this phone number: one \
            at most. It is compared as creates compare it, so spelling does not matter. Send one of \
            the two. A contact that is known by an email is not found by a phone number.",
        "tags": ["Contacts"],
        "security": security,
        "parameters": contact_parameters(),
        "responses": responses(
            &[(
                "200",
                json!({
                    "description": "The contact, if there is one.",
                    "headers": headers(&[]),
                    "links": after_finding(),
                    "content": json_content(&schema("ContactList"), &json!({
                        "found": {"summary": "It is known", "value": examples::found_contact()},
                        "none": {"summary": "It is not", "value": examples::no_contact()},
                    })),
                }),
            )],
            &["InvalidContactQuery", "Forbidden"],
        ),
    })
}

pub(super) fn export_contact(security: &Value) -> Value {
    json!({
        "operationId": "exportContact",
        "summary": "Export a person's data",
        "description": "Everything that is kept of a person: the contact, and its sessions with their \
            histories, a page at a time. A page may break off within a history; the next one \
            continues it. Ask again with `next` as `cursor` until it is null.",
        "tags": ["Contacts"],
        "security": security,
        "parameters": [
            reference("parameters", "ContactId"),
            export_cursor(),
            reference("parameters", "Bookmark"),
        ],
        "responses": responses(
            &[(
                "200",
                json!({
                    "description": "The person's data.",
                    "headers": headers(&[]),
                    "content": one_example(&schema("ContactExport"), &examples::contact_export()),
                }),
            )],
            &["InvalidQuery", "Forbidden", "ContactNotFound"],
        ),
    })
}

pub(super) fn delete_contact(security: &Value) -> Value {
    json!({
        "operationId": "deleteContact",
        "summary": "Remove a person's data",
        "description": "Removes the contact, all of its sessions with their messages, and \
            their idempotency keys. There is no way back. The contact's tokens are then invalid. Up \
            to 500 sessions and 1,000 entries of their histories are removed in one transaction, \
            more in several: whenever the answer is not 204, repeat the request, and it continues.",
        "tags": ["Contacts"],
        "security": security,
        "parameters": [
            reference("parameters", "ContactId"),
            reference("parameters", "Bookmark"),
        ],
        "responses": responses(
            &[(
                "204",
                json!({"description": "It is removed.", "headers": headers(&[])}),
            )],
            &["Forbidden", "ContactNotFound", "DeletionUnfinished"],
        ),
    })
}

pub(super) fn revoke_tokens(security: &Value) -> Value {
    json!({
        "operationId": "revokeContactTokens",
        "summary": "Revoke a person's tokens",
        "description": "Ends all tokens of the contact: for an account that is closed, or a device \
            that is lost. They get a 401 from now on. Tokens that your server asks for afterwards \
            are valid.",
        "tags": ["Authentication"],
        "security": security,
        "parameters": [
            reference("parameters", "ContactId"),
            reference("parameters", "Bookmark"),
        ],
        "responses": responses(
            &[(
                "204",
                json!({"description": "They are revoked.", "headers": headers(&[])}),
            )],
            &["Forbidden", "ContactNotFound"],
        ),
    })
}
