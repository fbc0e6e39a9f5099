import { describe, expect, it } from 'vitest'
import { nearest } from '../../../src/config/problems/nearest.ts'

const KEYS = [
  ...['workers', 'engine', 'drainTimeout', 'halfClose', 'maxConnections', 'listen', 'listener', 'to'],
  ...['trusted', 'maxConnectionsPerClient', 'sendTimeout', 'sendProxyProtocol'],
]

describe('the nearest word', () => {
  it.each([
    ['wrokers', 'workers'],
    ['worker', 'workers'],
    ['WORKERS', 'workers'],
    ['drain_timeout', 'drainTimeout'],
    ['half-close', 'halfClose'],
    ['maxConections', 'maxConnections'],
    ['lisen', 'listen'],
    ['listner', 'listener'],
    ['ot', 'to'],
    ['trust', 'trusted'],
    ['half', 'halfClose'],
    ['max-conn', 'maxConnections'],
  ])('to %s is %s', (written, meant) => {
    expect(nearest(written, KEYS)).toBe(meant)
  })

  it.each(['', 'x', 'inspect', 'allow', 'dra', 'send', 'x'.repeat(10_000)])('to %j is none', (written) => {
    expect(nearest(written, KEYS)).toBeUndefined()
  })
})
