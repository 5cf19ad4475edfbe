// Explicit resource management, for compilers that support it.
import { Pull, Push } from "zmtp"

export async function main(): Promise<void> {
  using push = new Push()
  await using pull = new Pull()
  await push.send("x")
  await pull.receive()
}
