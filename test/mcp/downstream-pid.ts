// Runs another program in this process, and says first which process that is:
// node downstream-pid.ts PID_FILE PROGRAM [ARGUMENT …]
import { writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [pidFile = "", program = "", ...args] = process.argv.slice(2);
writeFileSync(pidFile, String(process.pid));
process.argv.splice(1, process.argv.length - 1, program, ...args);
await import(pathToFileURL(program).href);
