// The read tables of a fresh database of each release, written out by hand. A new release adds its own here.

const tablesOf6 = [
  'user_ids_0',
  'users_2',
  'sessions_2',
  'messages_5',
  'conversations_4',
  'receipts_4',
  'blocks_6',
]
const tablesOf7 = [...tablesOf6, 'message_statistics_7', 'message_senders_7', 'user_history_7']

const tablesOf8 = [...tablesOf7, 'mail_tokens_8', 'verified_emails_8']
const tablesOf9 = [...tablesOf8, 'verified_users_9']
const tablesOf10 = [
  ...tablesOf9.filter((name) => !['messages_5', 'sessions_2'].includes(name)),
  ...['messages_10', 'sessions_10', 'block_changes_10'],
]
const tablesOf11 = [...tablesOf10, 'personal_events_11']

const tablesOf12 = [
  ...tablesOf11.filter((name) => name !== 'blocks_6'),
  ...['blocks_12', 'departed_users_12'],
]
const tablesOf13 = [...tablesOf12, 'requested_emails_13', 'replaced_emails_13']
const tablesOf14 = [...tablesOf13, 'reserved_usernames_14']
const tablesOf15 = [...tablesOf14, 'left_users_15']
const tablesOf17 = [
  ...tablesOf15.filter((name) => name !== 'blocks_12'),
  ...['blocks_17', 'suspended_users_17', 'reports_17'],
]

/** The read tables of a fresh database of each release: the newest version of each family alone. */
export const freshTables: readonly (readonly string[])[] = [
  ['user_ids_0', 'users_0', 'sessions_0'],
  ['user_ids_0', 'users_1', 'sessions_0'],
  ['user_ids_0', 'users_2', 'sessions_2'],
  ['user_ids_0', 'users_2', 'sessions_2', 'messages_3'],
  ['user_ids_0', 'users_2', 'sessions_2', 'messages_3', 'conversations_4', 'receipts_4'],
  ['user_ids_0', 'users_2', 'sessions_2', 'messages_5', 'conversations_4', 'receipts_4'],
  tablesOf6,
  tablesOf7,
  tablesOf8,
  tablesOf9,
  tablesOf10,
  tablesOf11,
  tablesOf12,
  tablesOf13,
  tablesOf14,
  tablesOf15,
  tablesOf15,
  tablesOf17,
  tablesOf17,
]
