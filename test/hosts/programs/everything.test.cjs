const { run } = require("./everything.cjs")

test("everything runs", async () => {
  expect(await run()).toBe("tcp curve ws draft v5 one")
}, 20_000)

test("what is received is what the test knows as a Buffer, and errors are told by their codes", async () => {
  const { Pair } = require("zmtp")
  const [left, right] = [new Pair(), new Pair()]
  await left.bind("inproc://jest")
  right.connect("inproc://jest")
  await right.send([Buffer.from("a"), new Uint8Array([1]), "text", null])
  const frames = await left.receive()
  expect(frames.map((frame) => Buffer.isBuffer(frame) && frame.length)).toEqual([1, 1, 4, 0])
  expect(() => left.connect("nonsense")).toThrow(expect.objectContaining({ code: "EINVAL" }))
  await left.unbind("inproc://jest")
  left.close()
  right.close()
})
