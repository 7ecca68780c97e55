/* replay.c - runs a fuzzer over the files of a folder, and over the empty input: what was found once stays mended. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INPUT_MAX (1024u * 1024u)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* The input stands at the end of a block of its own size, so that a sanitizer sees a read past it. */
static int replay_file(const char *folder, const char *name, unsigned char *mem)
{
	char path[4096];
	unsigned char *exact;
	size_t n;
	FILE *f;
	int rc = -1;

	if (snprintf(path, sizeof(path), "%s/%s", folder, name) >= (int)sizeof(path))
		return -1;
	f = fopen(path, "rb");
	if (!f)
		return -1;
	n = fread(mem, 1, INPUT_MAX, f);
	exact = malloc(n ? n : 1);
	if (exact && !ferror(f)) {
		memcpy(exact, mem, n);
		rc = LLVMFuzzerTestOneInput(exact, n);
	}
	free(exact);
	(void)fclose(f);	/* it was only read */
	return rc;
}

int main(int argc, char **argv)
{
	unsigned char *mem = malloc(INPUT_MAX);
	DIR *dir = argc > 1 ? opendir(argv[1]) : NULL;
	unsigned passed = 0, failed = 0;
	struct dirent *entry;

	if (!mem || !dir) {
		fprintf(stderr, "usage: fuzz_NAME FOLDER\n");
		free(mem);
		return 2;
	}
	if (LLVMFuzzerTestOneInput(mem, 0) == 0)
		passed++;
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		if (replay_file(argv[1], entry->d_name, mem) == 0) {
			passed++;
		} else {
			failed++;
			fprintf(stderr, "%s: cannot be read, or was refused\n", entry->d_name);
		}
	}
	(void)closedir(dir);	/* it was only read */
	free(mem);
	printf("%u passed, %u failed\n", passed, failed);
	return failed ? 1 : 0;
}
