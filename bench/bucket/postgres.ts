import { chmodSync, chownSync, existsSync, globSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { isInstalled } from "./modules.ts";
import { type RunAs, run, runOnce } from "./program.ts";
import { type Place, type Server, Skipped, type System } from "./system.ts";

/** More of them make it slower on a few cores; what is beyond waits in the client's pool. */
const CONNECTIONS = 256;

export const POSTGRES: System = {
  name: "postgres",
  title: "PostgreSQL, 1 insert a commit",
  means: `fsync and synchronous_commit on; a connection each in flight, ${CONNECTIONS} at the most`,
  async start({ folder }: Place): Promise<Server> {
    if (!isInstalled("pg")) throw new Skipped("its client is not installed: npm ci --prefix bench");
    const programs = programFolder();
    const as = ordinaryUser();
    const data = join(folder, "data");
    mkdirSync(data);
    // The server's user has to pass through folders that are private to this one.
    for (const path of [folder, dirname(folder)]) chmodSync(path, 0o711);
    if (as.uid !== undefined && as.gid !== undefined) {
      for (const path of [folder, data]) chownSync(path, as.uid, as.gid);
    }
    const initdb = ["-D", data, "-U", "bench", "--auth=trust", "-E", "UTF8", "--locale=C"];
    runOnce(join(programs, "initdb"), initdb, { ...as, cwd: folder });
    const socket = join(folder, ".s.PGSQL.5432");
    const program = await run(
      join(programs, "postgres"),
      argsOf(data, folder),
      { path: socket },
      as,
    );
    const version = runOnce(join(programs, "postgres"), ["--version"]).trim();
    return {
      line: { kind: "postgres", folder, connections: CONNECTIONS },
      remark: version,
      stop: () => program.stop(),
    };
  },
};

function argsOf(data: string, folder: string): readonly string[] {
  const settings = {
    listen_addresses: "",
    unix_socket_directories: folder,
    max_connections: CONNECTIONS + 20,
    fsync: "on",
    synchronous_commit: "on",
    // A checkpoint in the middle of a slice would measure something else.
    max_wal_size: "8GB",
  };
  return [
    "-D",
    data,
    ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
  ];
}

function programFolder(): string {
  const folders = [
    ...(process.env.PATH ?? "").split(":"),
    ...globSync("/usr/lib/postgresql/*/bin").sort().reverse(),
  ];
  const found = folders.find((folder) =>
    ["postgres", "initdb"].every((name) => existsSync(join(folder, name))),
  );
  if (found === undefined) throw new Skipped("postgres and initdb are not installed here");
  return found;
}

/** PostgreSQL refuses to run as root. */
function ordinaryUser(): RunAs {
  if (process.getuid?.() !== 0) return {};
  const users = readFileSync("/etc/passwd", "utf8").split("\n");
  for (const name of ["postgres", "nobody"]) {
    const fields = users.find((line) => line.startsWith(`${name}:`))?.split(":");
    if (fields !== undefined) return { uid: Number(fields[2]), gid: Number(fields[3]) };
  }
  throw new Skipped("it does not run as root, and there is no other user here");
}
