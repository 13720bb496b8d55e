import { credentialsConformance } from '../../conformance/credentials/index.ts'
import { createMemoryCredentials } from './credentials.ts'

credentialsConformance({ name: 'memory', create: async () => createMemoryCredentials() })
