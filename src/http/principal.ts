/** Who calls. */
import type { Principal } from '../ports/records.ts'

const LOCAL: Principal = { tenant: 'local', user: 'local', scopes: ['*'] }

/** The principal of a request. Without a secret every local caller is the one local principal. */
export function principalOf(_request: Request): Principal {
  return LOCAL
}
