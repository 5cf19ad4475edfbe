// Runs tests against the packed tarball instead of the sources: `npm run test:packed`, optionally with the paths of tests.
// Tests may import any file, but imports of entries such as `src/index.ts` load the packed library.
import { spawn } from "node:child_process"
import { once } from "node:events"
import { rm } from "node:fs/promises"
import { installPacked, packedEnvironment } from "./install.mjs"

const DEFAULT = ["test/hostile/{memory,departed,floods,identities,limits,output,peers,resets,web-sockets}.test.ts"]

const project = await installPacked()
try {
  const given = process.argv.slice(2)
  const args = [
    "node_modules/mocha/bin/mocha.js",
    ...(given.length > 0 ? given : [...DEFAULT, "test/messaging/requester.test.ts"]),
  ]
  const mocha = spawn(process.execPath, args, { stdio: "inherit", env: packedEnvironment(project) })
  const [code] = await once(mocha, "exit")
  process.exitCode = code ?? 1
} finally {
  await rm(project, { recursive: true, force: true })
}
