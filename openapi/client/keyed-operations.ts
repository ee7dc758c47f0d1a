// Generated from openapi.json by `npm run openapi`; do not edit.

export const keyedOperations: ReadonlySet<string> = new Set([
  'POST /users',
  'PUT /users/me/password',
  'POST /messages',
  'POST /messages/batch',
  'POST /messages/{id}/reports',
  'PUT /conversations/{userId}/read',
  'PUT /blocks/{userId}',
])
