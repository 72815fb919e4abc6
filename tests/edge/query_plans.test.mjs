// The query plan of every statement, as D1 makes it: each reads rows by an index, and none
// goes through a table. A statement without an entry here fails.

import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { root } from "../../scripts/wrangler.mjs";
import { startRuntime } from "../support/runtime.mjs";

let runtime;
before(async () => {
  runtime = await startRuntime();
});
after(() => runtime?.stop());

/** The searches of each statement, by the name of its file; foreign keys' checks too. */
const searches = {
  advance_contact_cleanup: ["contacts PRIMARY KEY ((organization,id)>(?,?))"],
  advance_idempotency_key_cleanup: ["idempotency_keys PRIMARY KEY ((organization,key)>(?,?))"],
  advance_log: [
    "entries PRIMARY KEY (organization=? AND session_id=?)",
    "sessions PRIMARY KEY (organization=? AND id=?)",
  ],
  advance_log_without_message: [
    "entries PRIMARY KEY (organization=? AND session_id=?)",
    "sessions PRIMARY KEY (organization=? AND id=?)",
  ],
  advance_read_mark: [
    "c PRIMARY KEY (organization=? AND id=?)",
    "ended PRIMARY KEY (organization=? AND agent_id=?)",
    "entries PRIMARY KEY (organization=? AND session_id=? AND seq>?)",
    "sessions PRIMARY KEY (organization=? AND id=?)",
  ],
  advance_session_cleanup: [
    "s sessions_by_change (organization=? AND (updated_at_ms,id)>(?,?) AND updated_at_ms<?)",
    "t PRIMARY KEY (organization>?)",
  ],
  append_message: [
    "contacts PRIMARY KEY (organization=? AND id=?)",
    "ended PRIMARY KEY (organization=? AND agent_id=?)",
    "entries PRIMARY KEY (organization=? AND session_id=? AND seq=?)",
    "entries entries_by_id (organization=? AND session_id=? AND id=?)",
    "sessions PRIMARY KEY (organization=? AND id=?)",
  ],
  append_note: [
    "ended PRIMARY KEY (organization=? AND agent_id=?)",
    "entries PRIMARY KEY (organization=? AND session_id=? AND seq=?)",
    "entries entries_by_id (organization=? AND session_id=? AND id=?)",
    "s PRIMARY KEY (organization=? AND id=?)",
  ],
  append_redaction: [
    "entries PRIMARY KEY (organization=? AND session_id=? AND seq=?)",
    "redacted entries_by_id (organization=? AND session_id=? AND id=?)",
    "s PRIMARY KEY (organization=? AND id=?)",
  ],
  append_status: [
    "ended PRIMARY KEY (organization=? AND agent_id=?)",
    "entries PRIMARY KEY (organization=? AND session_id=? AND seq=?)",
    "s PRIMARY KEY (organization=? AND id=?)",
  ],
  authenticate_contact: ["sessions sessions_by_contact (organization=? AND contact_id=?)"],
  check_agent_token: ["agent_revocations PRIMARY KEY (organization=? AND agent_id=?)"],
  check_token_subject: ["contacts PRIMARY KEY (organization=? AND id=?)"],
  delete_closed_sessions: [
    "e entries_by_id (organization=? AND session_id=?)",
    "entries PRIMARY KEY (organization=? AND session_id=?)",
    "s sessions_by_change (organization=? AND (updated_at_ms,id)>(?,?) AND updated_at_ms<?)",
    "sessions PRIMARY KEY (organization=? AND id=?)",
    "t PRIMARY KEY (organization>?)",
  ],
  delete_contact: [
    "contacts PRIMARY KEY (organization=? AND id=?)",
    "sessions sessions_by_contact (organization=? AND contact_id=?)",
  ],
  delete_contacts_without_session: [
    "contacts PRIMARY KEY ((organization,id)>(?,?))",
    "contacts PRIMARY KEY (organization=? AND id=?)",
    "s sessions_by_contact (organization=? AND contact_id=?)",
    "sessions sessions_by_contact (organization=? AND contact_id=?)",
  ],
  delete_creating_key_of_session: [
    "idempotency_keys PRIMARY KEY (organization=? AND key=?)",
    "sessions PRIMARY KEY (organization=? AND id=?)",
  ],
  delete_creating_keys_of_contact: [
    "idempotency_keys PRIMARY KEY (organization=? AND key=?)",
    "sessions sessions_by_contact (organization=? AND contact_id=?)",
  ],
  delete_entries_of_closed_sessions: [
    "e PRIMARY KEY (organization=? AND session_id=? AND seq>?)",
    "entries PRIMARY KEY (organization=? AND session_id=? AND seq=?)",
    "s sessions_by_change (organization=? AND (updated_at_ms,id)>(?,?) AND updated_at_ms<?)",
    "t PRIMARY KEY (organization>?)",
  ],
  delete_entries_of_contact: [
    "e PRIMARY KEY (organization=? AND session_id=? AND seq>?)",
    "entries PRIMARY KEY (organization=? AND session_id=? AND seq=?)",
    "sessions sessions_by_contact (organization=? AND contact_id=?)",
  ],
  delete_entries_of_session: [
    "entries PRIMARY KEY (organization=? AND session_id=? AND seq<?)",
    "entries PRIMARY KEY (organization=? AND session_id=?)",
  ],
  delete_expired_agent_revocations: [
    "agent_revocations PRIMARY KEY (organization=? AND agent_id=?)",
    "agent_revocations agent_revocations_by_time (organization=? AND revoked_at_ms<?)",
  ],
  delete_expired_idempotency_keys: [
    "idempotency_keys PRIMARY KEY ((organization,key)>(?,?))",
    "idempotency_keys PRIMARY KEY (organization=? AND key=?)",
  ],
  delete_old_webhook_events: [
    "e PRIMARY KEY (organization=? AND webhook_id=? AND created_at_ms<?)",
    "n PRIMARY KEY (organization>?)",
    "next PRIMARY KEY (organization=? AND webhook_id=? AND created_at_ms=? AND subject_id=? AND seq=?)",
    "webhook_events PRIMARY KEY (organization=? AND webhook_id=? AND created_at_ms=? AND subject_id=? AND seq=?)",
    "webhook_events PRIMARY KEY (organization>?)",
  ],
  delete_resuming_keys_of_contact: [
    "idempotency_keys PRIMARY KEY (organization=? AND key=?)",
    "keys idempotency_keys_of_resumed (organization=? AND session_id=?)",
    "sessions sessions_by_contact (organization=? AND contact_id=?)",
  ],
  delete_resuming_keys_of_session: [
    "idempotency_keys PRIMARY KEY (organization=? AND key=?)",
    "idempotency_keys idempotency_keys_of_resumed (organization=? AND session_id=?)",
  ],
  delete_session: [
    "entries PRIMARY KEY (organization=? AND session_id=?)",
    "entries entries_by_id (organization=? AND session_id=?)",
    "idempotency_keys idempotency_keys_of_resumed (organization=? AND session_id=?)",
    "sessions PRIMARY KEY (organization=? AND id=?)",
  ],
  delete_sessions_of_contact: [
    "entries PRIMARY KEY (organization=? AND session_id=?)",
    "entries entries_by_id (organization=? AND session_id=?)",
    "keys idempotency_keys_of_resumed (organization=? AND session_id=?)",
    "sessions PRIMARY KEY (organization=? AND id=?)",
    "sessions sessions_by_contact (organization=? AND contact_id=?)",
  ],
  delete_webhook: ["webhooks PRIMARY KEY (organization=? AND id=?)"],
  empty_message: ["entries entries_by_id (organization=? AND session_id=? AND id=?)"],
  entries_of_contact: [
    "e PRIMARY KEY (organization=? AND session_id=? AND seq>? AND seq<?)",
    "s PRIMARY KEY (organization=? AND id=?)",
    "sessions sessions_by_contact (organization=? AND contact_id=? AND verified=? AND id>?)",
  ],
  fail_webhook: ["webhooks PRIMARY KEY (organization=? AND id=?)"],
  find_cleanup_position: ["cleanup_positions PRIMARY KEY (task=?)"],
  find_contact: ["contacts PRIMARY KEY (organization=? AND id=?)"],
  find_contact_by_identity: ["contacts contacts_by_identity (organization=? AND identity=?)"],
  find_continuation: ["sessions PRIMARY KEY (organization=? AND id=?)"],
  find_entry: [
    "e entries_by_id (organization=? AND session_id=? AND id=?)",
    "s PRIMARY KEY (organization=? AND id=?)",
  ],
  find_message: [
    "contacts PRIMARY KEY (organization=? AND id=?)",
    "e entries_by_id (organization=? AND session_id=? AND id=?)",
    "s PRIMARY KEY (organization=? AND id=?)",
  ],
  find_open_session: [
    "contacts contacts_by_identity (organization=? AND identity=?)",
    "sessions sessions_by_open_channel (organization=? AND contact_id=? AND channel=?)",
  ],
  find_open_session_of_visitor: [
    "sessions sessions_by_open_channel_of_visitor (organization=? AND visitor_id=? AND channel=?)",
  ],
  find_session: [
    "c PRIMARY KEY (organization=? AND id=?)",
    "s PRIMARY KEY (organization=? AND id=?)",
  ],
  find_session_by_ticket_number: [
    "c PRIMARY KEY (organization=? AND id=?)",
    "s sessions_by_ticket_number (organization=? AND ticket_number=?)",
  ],
  find_taken_event: [
    "e PRIMARY KEY (organization=? AND webhook_id=? AND created_at_ms=? AND subject_id=? AND seq=?)",
    "w PRIMARY KEY (organization=? AND id=?)",
  ],
  find_webhook: ["webhooks PRIMARY KEY (organization=? AND id=?)"],
  heal_webhook: ["webhooks PRIMARY KEY (organization=? AND id=?)"],
  insert_contact_of_message: [
    "e entries_by_id (organization=? AND session_id=? AND id=? AND seq>?)",
    "s PRIMARY KEY (organization=? AND id=?)",
    "sessions sessions_by_contact (organization=? AND contact_id=?)",
  ],
  insert_continuation: [
    "entries PRIMARY KEY (organization=? AND session_id=?)",
    "full PRIMARY KEY (organization=? AND id=?)",
    "next PRIMARY KEY (organization=? AND id=?)",
    "sessions sessions_by_ticket_number (organization=?)",
    "ticket_counters PRIMARY KEY (organization=?)",
  ],
  insert_session: [
    "contacts PRIMARY KEY (organization=? AND id=?)",
    "entries PRIMARY KEY (organization=? AND session_id=?)",
    "idempotency_keys PRIMARY KEY (organization=? AND key=?)",
    "sessions sessions_by_ticket_number (organization=?)",
    "ticket_counters PRIMARY KEY (organization=?)",
  ],
  insert_session_by_identity: [
    "contacts contacts_by_identity (organization=? AND identity=?)",
    "entries PRIMARY KEY (organization=? AND session_id=?)",
    "idempotency_keys PRIMARY KEY (organization=? AND key=?)",
    "sessions sessions_by_ticket_number (organization=?)",
    "ticket_counters PRIMARY KEY (organization=?)",
  ],
  insert_session_of_visitor_unless_open: [
    "contacts contacts_by_identity (organization=? AND identity=?)",
    "entries PRIMARY KEY (organization=? AND session_id=?)",
    "idempotency_keys PRIMARY KEY (organization=? AND key=?)",
    "open sessions_by_open_channel_of_visitor (organization=? AND visitor_id=? AND channel=?)",
    "sessions sessions_by_ticket_number (organization=?)",
    "ticket_counters PRIMARY KEY (organization=?)",
  ],
  insert_session_unless_open: [
    "contacts PRIMARY KEY (organization=? AND id=?)",
    "contacts contacts_by_identity (organization=? AND identity=?)",
    "entries PRIMARY KEY (organization=? AND session_id=?)",
    "idempotency_keys PRIMARY KEY (organization=? AND key=?)",
    "open sessions_by_open_channel (organization=? AND contact_id=? AND channel=?)",
    "sessions sessions_by_ticket_number (organization=?)",
    "ticket_counters PRIMARY KEY (organization=?)",
  ],
  insert_webhook: ["webhooks PRIMARY KEY (organization=?)"],
  keep_resumed_session: [
    "contacts contacts_by_identity (organization=? AND identity=?)",
    "idempotency_keys PRIMARY KEY (organization=? AND key=?)",
    "sessions sessions_by_open_channel (organization=? AND contact_id=? AND channel=?)",
  ],
  keep_resumed_session_of_visitor: [
    "idempotency_keys PRIMARY KEY (organization=? AND key=?)",
    "sessions sessions_by_open_channel_of_visitor (organization=? AND visitor_id=? AND channel=?)",
  ],
  link_contact_of_message: [
    "contacts contacts_by_identity (organization=? AND identity=?)",
    "entries entries_by_id (organization=? AND session_id=? AND id=?)",
    "sessions PRIMARY KEY (organization=? AND id=?)",
  ],
  link_continuation: [
    "next PRIMARY KEY (organization=? AND id=?)",
    "sessions PRIMARY KEY (organization=? AND id=?)",
  ],
  list_changed_sessions: [
    "c PRIMARY KEY (organization=? AND id=?)",
    "s PRIMARY KEY (organization=? AND id=?)",
    "sessions PRIMARY KEY (organization=? AND id=?)",
    "sessions sessions_by_change (organization=? AND updated_at_ms>? AND updated_at_ms<?)",
  ],
  list_entries: ["entries PRIMARY KEY (organization=? AND session_id=? AND seq>? AND seq<?)"],
  list_entries_backwards: [
    "entries PRIMARY KEY (organization=? AND session_id=? AND seq>? AND seq<?)",
  ],
  list_organizations_with_events: [
    "e EXISTS webhook_events_by_due_time (organization=? AND next_at_ms<?)",
    "e webhook_events_by_due_time (organization>?)",
    "webhook_events webhook_events_by_due_time (organization>?)",
  ],
  list_sessions: [
    "c PRIMARY KEY (organization=? AND id=?)",
    "s PRIMARY KEY (organization=? AND id>? AND id<?)",
  ],
  list_sessions_by_activity: [
    "c PRIMARY KEY (organization=? AND id=?)",
    "s PRIMARY KEY (organization=? AND id=?)",
    "sessions PRIMARY KEY (organization=? AND id=?)",
    "sessions sessions_by_activity (organization=? AND status=? AND last_message_at_ms>? AND (last_message_at_ms,id)<(?,?))",
  ],
  list_sessions_by_email_and_activity: [
    "c PRIMARY KEY (organization=? AND id=?)",
    "contacts contacts_by_identity (organization=? AND identity=?)",
    "s PRIMARY KEY (organization=? AND id=?)",
    "sessions PRIMARY KEY (organization=? AND id=?)",
    "sessions sessions_by_contact (organization=? AND contact_id=? AND verified=? AND id>? AND id<?)",
  ],
  list_sessions_by_status: [
    "c PRIMARY KEY (organization=? AND id=?)",
    "listed sessions_by_status (organization=? AND status=? AND channel=? AND id=?)",
    "s PRIMARY KEY (organization=? AND id=?)",
    "sessions sessions_by_status (organization=? AND status=? AND channel=? AND id>? AND id<?)",
  ],
  list_webhook_events: [
    "webhook_events PRIMARY KEY (organization=? AND webhook_id=? AND (created_at_ms,subject_id,seq)<(?,?,?))",
  ],
  list_webhooks: ["webhooks PRIMARY KEY (organization=?)"],
  mark_contact_of_session: [
    "contacts PRIMARY KEY (organization=? AND id=?)",
    "entries entries_by_id (organization=? AND session_id=?)",
    "idempotency_keys idempotency_keys_of_resumed (organization=? AND session_id=?)",
    "sessions PRIMARY KEY (organization=? AND id=?)",
  ],
  mark_contacts_of_closed_sessions: [
    "contacts PRIMARY KEY (organization=? AND id=?)",
    "e entries_by_id (organization=? AND session_id=?)",
    "s sessions_by_change (organization=? AND (updated_at_ms,id)>(?,?) AND updated_at_ms<?)",
    "t PRIMARY KEY (organization>?)",
  ],
  merge_contact_of_message: [
    "c PRIMARY KEY (organization=? AND id=?)",
    "contacts PRIMARY KEY (organization=? AND id=?)",
    "e entries_by_id (organization=? AND session_id=? AND id=? AND seq>?)",
    "s PRIMARY KEY (organization=? AND id=?)",
  ],
  read_idempotency_key: ["idempotency_keys PRIMARY KEY (organization=? AND key=?)"],
  reopen_session: [
    "entries entries_by_id (organization=? AND session_id=? AND id=?)",
    "sessions PRIMARY KEY (organization=? AND id=?)",
  ],
  replay_webhook_events: [
    "webhook_events PRIMARY KEY (organization=? AND webhook_id=? AND (created_at_ms,subject_id,seq)>(?,?,?))",
    "webhook_events PRIMARY KEY (organization=? AND webhook_id=? AND created_at_ms=? AND subject_id=? AND seq=?)",
  ],
  reserve_idempotency_key: ["contacts PRIMARY KEY (organization=? AND id=?)"],
  revoke_agent_tokens: [],
  revoke_tokens: ["contacts PRIMARY KEY (organization=? AND id=?)"],
  rotate_webhook_secret: ["webhooks PRIMARY KEY (organization=? AND id=?)"],
  scan_sessions: [
    "c PRIMARY KEY (organization=? AND id=?)",
    "s PRIMARY KEY (organization=? AND id=?)",
    "sessions PRIMARY KEY (organization=? AND id>? AND id<?)",
  ],
  scan_sessions_by_email: [
    "c PRIMARY KEY (organization=? AND id=?)",
    "contacts contacts_by_identity (organization=? AND identity=?)",
    "s PRIMARY KEY (organization=? AND id=?)",
    "sessions PRIMARY KEY (organization=? AND id=?)",
    "sessions sessions_by_contact (organization=? AND contact_id=? AND verified=? AND id>? AND id<?)",
  ],
  scan_sessions_of_contact: [
    "c PRIMARY KEY (organization=? AND id=?)",
    "s PRIMARY KEY (organization=? AND id=?)",
    "sessions sessions_by_contact (organization=? AND contact_id=? AND verified=? AND id>? AND id<?)",
  ],
  scan_sessions_of_visitor: [
    "c PRIMARY KEY (organization=? AND id=?)",
    "s PRIMARY KEY (organization=? AND id=?)",
    "sessions sessions_by_visitor (organization=? AND visitor_id=? AND id>? AND id<?)",
  ],
  sessions_of_contact: [
    "s PRIMARY KEY (organization=? AND id=?)",
    "sessions sessions_by_contact (organization=? AND contact_id=? AND verified=? AND id>?)",
  ],
  settle_event: [
    "webhook_events PRIMARY KEY (organization=? AND webhook_id=? AND created_at_ms=? AND subject_id=? AND seq=?)",
  ],
  take_due_events: [
    "webhook_events PRIMARY KEY (organization=? AND webhook_id=? AND created_at_ms=? AND subject_id=? AND seq=?)",
    "webhook_events webhook_events_by_due_time (organization=? AND next_at_ms<?)",
    "webhook_events webhook_events_queued (organization=? AND next_at_ms>?)",
  ],
  take_event: [
    "webhook_events PRIMARY KEY (organization=? AND webhook_id=? AND created_at_ms=? AND subject_id=? AND seq=?)",
  ],
  tell_contact_deleted: [
    "c PRIMARY KEY (organization=? AND id=?)",
    "sessions sessions_by_contact (organization=? AND contact_id=?)",
    "w PRIMARY KEY (organization=?)",
  ],
  tell_contacts_without_session: [
    "c PRIMARY KEY (organization=? AND id>? AND id<?)",
    "p PRIMARY KEY (task=?)",
    "s sessions_by_contact (organization=? AND contact_id=?)",
    "w PRIMARY KEY (organization>?)",
  ],
  tell_entries: [
    "e PRIMARY KEY (organization=? AND session_id=? AND seq>?)",
    "s PRIMARY KEY (organization=? AND id=?)",
    "w PRIMARY KEY (organization=?)",
  ],
  tell_session_created: [
    "s PRIMARY KEY (organization=? AND id=?)",
    "w PRIMARY KEY (organization=?)",
  ],
  tell_test: ["webhooks PRIMARY KEY (organization=? AND id=?)"],
  update_self_reported_contact: [
    "contacts PRIMARY KEY (organization=? AND id=?)",
    "idempotency_keys PRIMARY KEY (organization=? AND key=?)",
  ],
  update_session: [
    "ended PRIMARY KEY (organization=? AND agent_id=?)",
    "sessions PRIMARY KEY (organization=? AND id=?)",
  ],
  update_webhook: ["webhooks PRIMARY KEY (organization=? AND id=?)"],
  upsert_contact: [
    "idempotency_keys PRIMARY KEY (organization=? AND key=?)",
    "open sessions_by_open_channel_of_visitor (organization=? AND visitor_id=? AND channel=?)",
    "sessions sessions_by_contact (organization=? AND contact_id=?)",
  ],
};

/** Goes through rows that a search has found, or through constants. */
const harmlessScan =
  /^SCAN (\(subquery-\d+\)|last|waiting|endpoint|latest|newest|owner|page|changed|examined|answer|logs|ranges|removed|open|log|entry|unread|CONSTANT ROW|(status|channel|json_each) VIRTUAL TABLE)/;

const folder = join(root, "src/storage/d1/sql");
const names = (await readdir(folder)).map((file) => file.replace(/\.sql$/, "")).sort();

/** Returns the steps of a statement's plan. */
async function planOf(name) {
  const sql = await readFile(join(folder, `${name}.sql`), "utf8");
  const parameters = sql.replace(/--.*/g, "").matchAll(/\?(\d+)/g);
  const count = Math.max(...Array.from(parameters, ([, number]) => Number(number)));
  const rows = await runtime.execute(`EXPLAIN QUERY PLAN ${sql}`, ...Array(count).fill(null));
  return rows.map(({ detail }) => detail);
}

test("every statement has an expected plan", () => {
  assert.deepEqual(names, Object.keys(searches).sort());
});

for (const name of names) {
  test(`${name} reads by index`, async () => {
    const plan = await planOf(name);
    const found = plan
      .filter((step) => step.startsWith("SEARCH "))
      .map((step) => step.replace(/^SEARCH | USING| COVERING| INDEX| LEFT-JOIN$/g, ""));
    assert.deepEqual([...new Set(found)].sort(), searches[name]);
    const scans = plan.filter((step) => step.startsWith("SCAN ") && !harmlessScan.test(step));
    assert.deepEqual(scans, []);
  });
}

test("the planner's statistics are those of the migrations, and no others", async () => {
  const rows = await runtime.execute("SELECT * FROM sqlite_stat1");
  assert.deepEqual(rows, [{ tbl: "sessions", idx: "sessions", stat: "1000000 100000 1" }]);
});
