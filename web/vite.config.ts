import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/** The server that the development page talks to; the built page is served by it, from the same origin. */
const SERVER = 'http://127.0.0.1:8080'

export default defineConfig(({ command }) => ({
  root: fileURLToPath(new URL('.', import.meta.url)),
  plugins: [react()],
  logLevel: command === 'build' ? 'warn' : 'info',
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    reportCompressedSize: false,
    // The content security policy allows neither data: fonts nor inline scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    host: '127.0.0.1',
    // The server refuses pages of other origins, and to it the development server is one.
    proxy: { '/v1': { target: SERVER, changeOrigin: true, headers: { origin: SERVER } } },
  },
}))
