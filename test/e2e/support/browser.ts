import { existsSync } from 'node:fs'
import { type Browser, chromium, type Page } from 'playwright-core'

/** Debian's. */
const PROGRAM = '/usr/bin/chromium'

/** Why a test with a browser is skipped, for its name; empty if it is not. */
export const withoutBrowser = existsSync(PROGRAM) ? '' : ` (skipped: there is no ${PROGRAM})`

let browser: Browser | undefined

/** For `afterAll`. */
export const closeBrowser = async (): Promise<void> => {
  await browser?.close()
  browser = undefined
}

export interface View {
  readonly page: Page
  /** Errors and warnings of the page, what its policy has refused among them. */
  readonly problems: string[]
}

interface Look {
  readonly width?: number
  readonly colorScheme?: 'light' | 'dark'
}

const HEIGHT: Readonly<Record<number, number>> = { 390: 844, 360: 640 }

/** A page of a browser without a window. */
export const openPage = async ({ width = 1280, colorScheme = 'light' }: Look = {}): Promise<View> => {
  // As root in a container there is no sandbox; what is loaded is ours.
  browser ??= await chromium.launch({ executablePath: PROGRAM, args: ['--no-sandbox', '--disable-gpu'] })
  const context = await browser.newContext({
    viewport: { width, height: HEIGHT[width] ?? 800 },
    colorScheme,
    reducedMotion: 'reduce',
    deviceScaleFactor: width < 500 ? 2 : 1,
  })
  const page = await context.newPage()
  const problems: string[] = []
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) problems.push(message.text())
  })
  page.on('pageerror', (error) => problems.push(error.message))
  return { page, problems }
}
