import { createRequire } from "node:module"
import { expect, test } from "vitest"
import { Socket } from "zmtp"
import { run } from "./everything.mjs"

test("everything runs", async () => {
  expect(await run()).toBe("tcp curve ws draft v5 one")
})

test("what is imported is what others require", () => {
  expect(createRequire(import.meta.url)("zmtp").Socket).toBe(Socket)
})
