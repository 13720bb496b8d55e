import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { createWebhooks, type Lookup } from './webhooks.ts'

const signal = new AbortController().signal

/** A name server that says the next of these each time, and the last one from then on. */
function answering(...addresses: readonly string[]): Lookup {
  let asked = 0
  return (_name, _options, done) => {
    const address = addresses[Math.min(asked++, addresses.length - 1)] ?? ''
    done(null, [{ address, family: address.includes(':') ? 6 : 4 }])
  }
}

describe('a webhook address', () => {
  it.each([
    'http://10.0.0.1/hook',
    'http://172.31.255.255/',
    'http://192.168.1.1/',
    'http://169.254.169.254/latest/meta-data',
    'http://100.64.0.1/',
    'http://0.0.0.0/',
    'http://224.0.0.1/',
    'http://255.255.255.255/',
    'http://[fe80::1]/',
    'http://[fd00:ec2::254]/',
    'http://[ff02::1]/',
    'http://[::]/',
    'http://[::ffff:10.0.0.1]/',
    'http://[64:ff9b::a00:1]/',
    'http://[2002:a00:1::]/',
    'http://0x0a.0.0.1/',
    'http://167772161/',
  ])('is refused within a network that is not public: %s', async (url) => {
    await using webhooks = createWebhooks({ loopback: true })
    expect(await webhooks.fault(url, signal)).toContain('private, local or reserved')
  })

  it.each(['http://127.0.0.1:1/', 'http://127.8.8.8/', 'http://[::1]/', 'http://[::ffff:127.0.0.1]/', 'http://2130706433/'])(
    'on this machine is for a server that only this machine reaches: %s',
    async (url) => {
      await using near = createWebhooks({ loopback: true })
      await using far = createWebhooks({ loopback: false })
      expect(await near.fault(url, signal)).toBeUndefined()
      expect(await far.fault(url, signal)).toContain('private, local or reserved')
    },
  )

  it.each(['ftp://example.com/', 'file:///etc/passwd', 'nothing', 'https://user:password@example.com/'])(
    'is refused as %s',
    async (url) => {
      await using webhooks = createWebhooks({ loopback: true, lookup: answering('93.184.216.34') })
      expect(await webhooks.fault(url, signal)).toContain('The URL of a webhook')
    },
  )

  it('is what its name means: a public one passes, one that means our network does not', async () => {
    await using out = createWebhooks({ loopback: false, lookup: answering('93.184.216.34') })
    expect(await out.fault('https://hooks.example/', signal)).toBeUndefined()
    await using inward = createWebhooks({ loopback: false, lookup: answering('192.168.0.7') })
    expect(await inward.fault('https://hooks.example/', signal)).toContain('private, local or reserved')
  })
})

describe('a call of a webhook', () => {
  it('is not made when the name means another address by the time of the connection', async () => {
    let reached = 0
    const server = createServer((_request, response) => {
      reached++
      response.end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    // Public when it is checked, this machine when it is connected to.
    await using webhooks = createWebhooks({ loopback: false, lookup: answering('93.184.216.34', '127.0.0.1') })
    await expect(webhooks.post(`http://hooks.example:${port}/`, { headers: {}, body: '{}', signal })).rejects.toThrow()
    expect(reached).toBe(0)
    await new Promise((resolve) => server.close(resolve))
  })

  it('follows no redirect, and reads no endless answer', async () => {
    const paths: (string | undefined)[] = []
    const server = createServer((request, response) => {
      paths.push(request.url)
      if (request.url === '/there') response.writeHead(302, { location: '/elsewhere' }).end()
      else {
        const more = (): void => {
          while (response.write('x'.repeat(16_384)));
        }
        response.on('drain', more)
        more()
      }
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    await using webhooks = createWebhooks({ loopback: true })
    expect(await webhooks.post(`http://127.0.0.1:${port}/there`, { headers: {}, body: '{}', signal })).toMatchObject({ status: 302 })
    const endless = await webhooks
      .post(`http://127.0.0.1:${port}/endless`, { headers: {}, body: '{}', signal })
      .catch((error: unknown) => error)
    expect(endless).toBeDefined()
    expect(paths).toEqual(['/there', '/endless'])
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
})
