import { expect } from "chai"
import { writeFileSync } from "node:fs"
import { closing } from "../support/closing.js"
import { ExampleFolder } from "../support/example.js"
import { skip } from "../support/skip.js"

/** Uses the pool like the service does, but without the framework. */
const PROGRAM = `
import { Pool } from "./pool.js"
const pool = await Pool.start(new URL("worker.js", import.meta.url), 2)
const limits = [10, 100, 1000, 10_000]
console.log(String(await Promise.all(limits.map((limit) => pool.run(JSON.stringify(limit))))))
await pool.close()
`

describe("examples/fastify-workers", function () {
  this.timeout(60_000)
  const open = closing()

  it("does its work in threads, and ends", async function () {
    const folder = open(new ExampleFolder("fastify-workers"))
    writeFileSync(`${folder.path}/program.js`, PROGRAM)
    expect(await open(folder.start("program.js")).end()).to.deep.equal({
      code: 0,
      stdout: "4,25,168,1229\n",
      stderr: "",
    })
  })

  it("answers requests of web clients", async function () {
    const folder = open(new ExampleFolder("fastify-workers"))
    if (folder.missing.length > 0) skip(this, "fastify is not installed; npm run hosts runs this with it")
    const server = open(folder.start("server.js", ["0"]))
    const [, address] = await server.says(/^Open (http:\S+\/primes)/m, "stdout")
    expect(await (await fetch(`${address!}/100000`)).json()).to.deep.equal({ limit: 100_000, primes: 9592 })
    expect((await fetch(`${address!}/many`)).status).to.equal(400)
    server.signal("SIGTERM")
    expect((await server.end()).code).to.equal(0)
  })
})
