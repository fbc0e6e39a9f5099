/** Where the kernel engine cannot run, `auto` serves with streams and says why, and `kernel` fails with the reason. */
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { chooseEngine } from '../../src/engine/choose-engine.ts'
import { refusing, whyItCannotBeRefused } from '../support/refuse-call.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const CHOOSE = fileURLToPath(new URL('./children/choose.mjs', import.meta.url))

interface Chosen {
  readonly engine?: string
  readonly insteadBecause?: string
  readonly refusedBecause?: string
}

/** What a process of its own chooses, with the copyloop that is built in `dist`. */
const chosenBy = (wanted: string, { dist = join(ROOT, 'dist'), flags = [] as string[] } = {}): Chosen => {
  if (!existsSync(dist)) throw new Error('copyloop is not built: npm run build')
  const { stdout, stderr, status } = spawnSync(process.execPath, [...flags, CHOOSE, dist, wanted], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`choosing failed: ${stderr}`)
  return JSON.parse(stdout)
}

/** Both ways of asking for the kernel engine where it cannot run. */
const expectReason = (reason: RegExp, choose: (wanted: string) => Chosen): void => {
  const { insteadBecause, ...auto } = choose('auto')
  expect(auto).toEqual({ engine: 'streams' })
  expect(insteadBecause).toMatch(reason)
  expect(choose('kernel')).toEqual({ refusedBecause: insteadBecause })
  // Whoever asks for streams is told nothing of the kernel engine.
  expect(choose('streams')).toEqual({ engine: 'streams' })
}

describe('the choice of an engine', () => {
  test.runIf(process.platform === 'linux')('is the kernel engine where it can run, without a word', async () => {
    for (const wanted of ['auto', 'kernel'] as const) {
      const { engine, insteadBecause } = await chooseEngine(wanted)
      expect(engine.name).toBe('kernel')
      expect(insteadBecause).toBeUndefined()
    }
    expect(chosenBy('auto')).toEqual({ engine: 'kernel' })
  })

  test('is streams when they are asked for', async () => {
    const { engine, insteadBecause } = await chooseEngine('streams')
    expect(engine.name).toBe('streams')
    expect(insteadBecause).toBeUndefined()
  })

  describe('on another platform', () => {
    const { platform } = process
    const onPlatform = (name: NodeJS.Platform): void => {
      Object.defineProperty(process, 'platform', { value: name })
    }
    afterEach(() => onPlatform(platform))

    for (const name of ['darwin', 'win32', 'freebsd'] as const) {
      test(`is streams on ${name}, which is named as the reason`, async () => {
        onPlatform(name)
        const { engine, insteadBecause } = await chooseEngine('auto')
        expect(engine.name).toBe('streams')
        expect(insteadBecause).toBe(`the engine "kernel" cannot run here: it needs Linux, this is ${name}`)
        await expect(chooseEngine('kernel')).rejects.toThrow(insteadBecause)
      })
    }

    test('loads nothing of the kernel engine, which would look for a libc', async () => {
      onPlatform('darwin')
      vi.resetModules()
      vi.doMock('koffi', () => {
        throw new Error('koffi was loaded')
      })
      const { chooseEngine: chooseAnew } = await import('../../src/engine/choose-engine.ts')
      expect((await chooseAnew('auto')).insteadBecause).toContain('this is darwin')
      vi.doUnmock('koffi')
    })
  })

  describe.runIf(process.platform === 'linux')('without koffi', () => {
    const directories: string[] = []
    afterEach(() => {
      for (const directory of directories.splice(0)) rmSync(directory, { recursive: true })
    })

    /** A copy of what is built, and beside it all packages but some; answers where its `dist` is. */
    const installedWithout = (...missing: string[]): string => {
      const directory = mkdtempSync(join(tmpdir(), 'copyloop-test-'))
      directories.push(directory)
      cpSync(join(ROOT, 'dist'), join(directory, 'dist'), { recursive: true })
      cpSync(join(ROOT, 'package.json'), join(directory, 'package.json'))
      const from = join(ROOT, 'node_modules')
      const to = join(directory, 'node_modules')
      mkdirSync(to)
      for (const name of readdirSync(from)) {
        // A link would lead koffi to the packages that are missing here.
        if (name === 'koffi' && !missing.includes(name)) cpSync(join(from, name), join(to, name), { recursive: true })
        else if (!missing.includes(name) && !name.startsWith('.')) symlinkSync(join(from, name), join(to, name))
      }
      return join(directory, 'dist')
    }

    test('is streams, and the reason names koffi', () => {
      const dist = installedWithout('koffi')
      expectReason(/^the engine "kernel" cannot run here: .*'koffi'/, (wanted) => chosenBy(wanted, { dist }))
    })

    test('is streams where koffi is there without its binary for this machine, and the reason names koffi', () => {
      const dist = installedWithout('@koromix')
      expectReason(/^the engine "kernel" cannot run here: .*native Koffi/i, (wanted) => chosenBy(wanted, { dist }))
    })
  })

  describe('where a sandbox refuses a call', () => {
    const cannot = whyItCannotBeRefused('splice')
    test.skipIf(cannot)(`is streams, and the reason names the call and the error${cannot && ` (${cannot})`}`, () => {
      expectReason(/^the engine "kernel" cannot run here: splice EPERM$/, (wanted) =>
        chosenBy(wanted, { flags: ['--import', refusing('splice')] }),
      )
    })
  })
})
