import { execFileSync, spawn, type ChildProcess } from "node:child_process"

/** Another network namespace of this machine, with a network between. */
export interface Namespace {
  /** What runs a program in there. */
  readonly enter: readonly string[]
  /** Addresses on this side and on the other, of IPv4 and IPv6. */
  readonly near: { readonly ipv4: string; readonly ipv6: string }
  readonly far: { readonly ipv4: string; readonly ipv6: string }
  close(): void
}

/** A new namespace, or why there can be none. */
export function createNamespace(): Namespace | string {
  const [near, far] = [`zn${process.pid}`, `zf${process.pid}`]
  // Private addresses that belong to this process.
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
    // The holder is in its namespace when it has become `sleep`.
    run("sh", "-c", `until [ "$(cat /proc/${holder.pid}/comm)" = sleep ]; do sleep 0.01; done`)
    run("ip", "link", "add", near, "type", "veth", "peer", "name", far, "netns", String(holder.pid))
    configure((...args) => run(...args), near, ends.near)
    configure((...args) => run(...enter, ...args), far, ends.far)
    run(...enter, "ip", "link", "set", "lo", "up")
    const { pid } = holder
    // The network goes with its last process.
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
