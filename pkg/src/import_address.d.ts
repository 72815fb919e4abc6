// The function that scripts/build-package writes before the entry.

declare function importAddress(address: string): Promise<any>;
