/**
 * The part of the catalogue (`catalogue.ts`) for statuses from 500 on, and for a database that was restored: the
 * request may be right.
 */

export const serverProblems = {
  position_unknown: {
    status: 412,
    title: 'The log does not have this position',
    explanation:
      'The position of the request is beyond the end of the log, or the log has another event there, so the ' +
      'database was restored to an earlier time. What you have read before may not exist any longer: forget it and ' +
      'the position, and load everything again.',
  },
  internal: {
    status: 500,
    title: 'Something went wrong on our side',
    explanation:
      'The request failed because of an error in the server. Report it with the `X-Request-Id` of ' +
      'this response: the log of the server contains the details under that id.',
  },
  overloaded: {
    status: 503,
    title: 'The server is overloaded',
    explanation:
      'The server has too much work in its queue, so it did not start this request. Retry after ' +
      'the seconds in `Retry-After`.',
    retryAfter: 1,
  },
  unknown_event: {
    status: 503,
    title: 'This server is too old to read the data',
    explanation:
      'A newer release of the service recorded data that this server does not support. Retry: ' +
      'another server, or this one after its upgrade, can respond.',
    retryAfter: 5,
  },
  unavailable: {
    status: 503,
    title: 'The service is temporarily unavailable',
    explanation:
      'The database is unreachable, or the server is starting or stopping. Retry after the ' +
      'seconds in `Retry-After`.',
    retryAfter: 2,
  },
} as const
