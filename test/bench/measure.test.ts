import { describe, expect, test } from 'vitest'
import { order, plan } from '../../bench/measure/plan.ts'
import { cpuSeconds, parseMachineBusy, parseStat, processTree } from '../../bench/measure/processes.ts'
import { parseCounts } from '../../bench/measure/strace.ts'
import { choose, readOptions } from '../../bench/options.ts'
import { direct } from '../../bench/peers/direct.ts'
import { allWorks } from '../../bench/work/all.ts'

describe('CPU of processes', () => {
  test('the name of a process may hold brackets and spaces', () => {
    // proc(5): pid (comm) state ppid pgrp session tty tpgid flags minflt cminflt majflt cmajflt utime stime cutime
    // cstime
    const line = '42 (a) S (b) R 7 42 42 0 -1 4194560 1 2 3 4 100 20 3 1 20 0 1 0'
    expect(parseStat(line)).toEqual({ parent: 7, ticks: 124 })
  })

  test('idle time and time spent waiting for disks are not busy', () => {
    // proc(5): user nice system idle iowait irq softirq steal
    expect(parseMachineBusy('cpu  100 10 50 9999 8888 5 35 7777 0 0\ncpu0 1 2 3\n')).toBe(2)
  })

  test.runIf(process.platform === 'linux')('this process is in its own tree and has used some', () => {
    expect(processTree(process.pid)[0]).toBe(process.pid)
    expect(cpuSeconds(process.pid)).toBeGreaterThan(0)
  })
})

test('each contestant runs once in each round of each work, and follows different ones', () => {
  const works = allWorks({ rate: 1, idleConnections: 1, connections: [1] }).slice(0, 2)
  const peers = ['a', 'b', 'c'].map((name) => ({ ...direct, name }))
  const steps = [...plan(4, works, peers)]
  // One at a time: they would take each other's CPU.
  expect(steps.every((step) => step.length === 1)).toBe(true)
  const runs = steps.flat()
  expect(runs).toHaveLength(4 * 2 * 3)
  for (const round of [1, 2, 3, 4]) {
    const names = runs.filter((run) => run.round === round && run.work === works[0]).map((run) => run.peer.name)
    expect([...names].sort()).toEqual(['a', 'b', 'c'])
  }
  const firsts = new Set([0, 1, 2, 3, 4, 5].map((turn) => order(['a', 'b', 'c'], turn)[0]))
  expect(firsts.size).toBe(3)
})

test('memory is measured with all contestants at once', () => {
  const idle = allWorks({ rate: 1, idleConnections: 1, connections: [] }).filter((work) => work.name === 'idle')
  const peers = ['a', 'b', 'c'].map((name) => ({ ...direct, name }))
  const steps = [...plan(2, idle, peers)]
  expect(steps.map((step) => step.map(({ peer }) => peer.name).sort())).toEqual([
    ['a', 'b', 'c'],
    ['a', 'b', 'c'],
  ])
})

test("strace's table is read with and without errors in a line", () => {
  const report = `% time     seconds  usecs/call     calls    errors syscall
------ ----------- ----------- --------- --------- ----------------
 61.00    0.012000          12      1000           recvfrom
 39.00    0.007000           7       900       450 epoll_wait
------ ----------- ----------- --------- --------- ----------------
100.00    0.019000          10      1900       450 total
`
  expect([...parseCounts(report)]).toEqual([
    ['recvfrom', 1000],
    ['epoll_wait', 900],
  ])
})

describe('options', () => {
  test('a prefix chooses, and an unknown name is refused with those that exist', () => {
    const works = allWorks({ rate: 1, idleConnections: 1, connections: [1, 10] })
    expect(choose(works, ['bulk'], '--only').map((work) => work.name)).toEqual(['bulk-down', 'bulk-up', 'bulk-both'])
    expect(choose(works, [], '--only')).toHaveLength(works.length)
    expect(() => choose(works, ['nothing'], '--only')).toThrow(/--only nothing: there is only http/)
  })

  test('five rounds unless told; a number must be one', () => {
    expect(readOptions([]).rounds).toBe(5)
    expect(readOptions(['--quick']).rounds).toBe(1)
    expect(() => readOptions(['--rounds', 'many'])).toThrow('--rounds many: expected a number above 0')
  })
})
