import { execFileSync, spawn, type ChildProcess } from "node:child_process"

/** Another network namespace on this machine, and a network that connects it to this one. */
export interface Namespace {
  /** The command that runs a program in the namespace. */
  readonly enter: readonly string[]
  /** IPv4 and IPv6 addresses on this side, and in the namespace. */
  readonly near: { readonly ipv4: string; readonly ipv6: string }
  readonly far: { readonly ipv4: string; readonly ipv6: string }
  close(): void
}

/** Creates a namespace. Returns the reason as text if that is not possible. */
export function createNamespace(): Namespace | string {
  const [near, far] = [`zn${process.pid}`, `zf${process.pid}`]
  // Private addresses that only this process uses.
  const net = `10.${64 + ((process.pid >> 14) & 63)}.${(process.pid >> 6) & 255}.${(process.pid & 63) * 4}`
  const [ipv4, prefix] = [net.slice(0, net.lastIndexOf(".") + 1), `fd00:${process.pid.toString(16)}`]
  const last = Number(net.slice(net.lastIndexOf(".") + 1))
  const ends = {
    near: { ipv4: `${ipv4}${last + 1}`, ipv6: `${prefix}::1` },
    far: { ipv4: `${ipv4}${last + 2}`, ipv6: `${prefix}::2` },
  }
  let holder: ChildProcess | undefined
  try {
    execFileSync("unshare", ["-n", "true"], { stdio: "ignore" })
    holder = spawn("unshare", ["-n", "sleep", "600"], { stdio: "ignore" })
    const enter = ["nsenter", "-t", String(holder.pid), "-n"]
    const run = (...[program, ...args]: string[]) => execFileSync(program!, args, { stdio: "ignore" })
    // The holder is in its namespace once it has executed `sleep`.
    run("sh", "-c", `until [ "$(cat /proc/${holder.pid}/comm)" = sleep ]; do sleep 0.01; done`)
    run("ip", "link", "add", near, "type", "veth", "peer", "name", far, "netns", String(holder.pid))
    configure((...args) => run(...args), near, ends.near)
    configure((...args) => run(...enter, ...args), far, ends.far)
    run(...enter, "ip", "link", "set", "lo", "up")
    const { pid } = holder
    // The namespace and its network end with their last process.
    return { enter, ...ends, close: () => void process.kill(pid!) }
  } catch (error) {
    holder?.kill()
    return (error as Error).message.split("\n")[0]!
  }
}

function configure(
  run: (...command: string[]) => unknown,
  name: string,
  { ipv4, ipv6 }: { readonly ipv4: string; readonly ipv6: string },
): void {
  run("ip", "addr", "add", `${ipv4}/30`, "dev", name)
  run("ip", "addr", "add", `${ipv6}/64`, "dev", name, "nodad")
  run("ip", "link", "set", name, "up")
}
