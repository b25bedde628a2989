import { claimFolder } from "./claim.ts";

await claimFolder(process.argv[2] ?? "", () => {});
process.send?.("claimed");
setInterval(() => {}, 1_000);
