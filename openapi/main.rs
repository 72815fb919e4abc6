//! Prints the OpenAPI document: `make openapi` writes it to `www/openapi.json`.

mod document;

fn main() {
    print!("{}", document::text());
}
