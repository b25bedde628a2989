/** Makes the auditor's page in a folder, packages/console/dist unless stated, if it is not there of these very sources. */
export function buildConsole(target?: string): Promise<void>;
