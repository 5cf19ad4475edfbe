import { run } from "./everything.mjs"

test("everything runs", async () => {
  expect(await run()).toBe("tcp curve ws draft v5 one")
}, 20_000)
