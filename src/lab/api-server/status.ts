import type { JsonObject } from './json.ts';

const codes = {
  BadRequest: 400,
  NotFound: 404,
  MethodNotAllowed: 405,
  AlreadyExists: 409,
  Conflict: 409,
  Expired: 410,
  RequestEntityTooLarge: 413,
  UnsupportedMediaType: 415,
  Invalid: 422,
  InternalError: 500,
  ServiceUnavailable: 503,
  Timeout: 504,
} as const;

export type Reason = keyof typeof codes;

/** Kubernetes' `Status` object, the body of every error. */
export function statusObject(reason: Reason, message: string): JsonObject & { readonly code: number } {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    reason,
    code: codes[reason],
  };
}

type Status = ReturnType<typeof statusObject>;

const carried = new WeakMap<Error, Status>();

/** An error that ends a request with a `Status`. */
export function failure(reason: Reason, message: string): Error {
  const error = new Error(message);
  carried.set(error, statusObject(reason, message));
  return error;
}

/** The `Status` for whatever went wrong; what nobody foresaw is an InternalError. */
export function statusOf(error: unknown): Status {
  return error instanceof Error
    ? (carried.get(error) ?? statusObject('InternalError', error.message))
    : statusObject('InternalError', String(error));
}
