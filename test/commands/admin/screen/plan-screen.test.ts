import { expect, test } from 'vitest'
import { planScreen } from '../../../../src/commands/admin/screen/plan-screen.ts'

const wide = { colours: false, width: 200 }

test('a plan is a table: what changes, from what to what, how many connections it is about, and what comes of it', () => {
  const change = { change: 'changed', connections: 812, effect: 'at once' } as const
  const screen = planScreen(
    {
      changes: [
        { ...change, path: 'listeners[0].timeouts.idle', of: 'web', from: '10m', to: '1m' },
        { ...change, path: 'listeners[0].deny', of: 'web', change: 'added', from: undefined, to: ['10.0.0.0/8'] },
        {
          ...change,
          path: 'listeners[1]',
          of: 'b',
          change: 'added',
          from: undefined,
          to: { name: 'b' },
          connections: 0,
        },
        { ...change, path: 'upstreams[1]', of: 'c', change: 'removed', from: { name: 'c' }, to: undefined },
      ],
      needsRestart: [{ ...change, path: 'workers', from: 1, to: 'x'.repeat(99), connections: 0, effect: 'later' }],
    },
    wide,
  )
  expect(screen).toBe(
    [
      'what                              from  to                                connections',
      'listeners[0].timeouts.idle (web)  10m   1m                                        812',
      '  at once',
      'listeners[0].deny (web)           –     ["10.0.0.0/8"]                            812',
      '  at once',
      'listeners[1] (b)                  –     added                                       0',
      '  at once',
      'upstreams[1] (c)                  –     removed                                   812',
      '  at once',
      `workers                           1     ${'x'.repeat(31)}…            0`,
      '  later',
      '',
    ].join('\n'),
  )
  expect(planScreen({ changes: [], needsRestart: [] }, wide)).toBe('nothing changes\n')
})
