/** The page's one client, to the server that served it. */
import { createClient } from '../../src/client/index.ts'

export const client = createClient({ baseUrl: '', reader: 'web' })
