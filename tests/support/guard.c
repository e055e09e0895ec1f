/* While guarded, whatever grows ends at a page that cannot be read: one step beyond it is fatal. */

#include <malloc.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

extern void *__libc_realloc(void *, size_t);
extern void __libc_free(void *);

static struct { char *at, *start; size_t size, length; } kept[4096];
static int count, on;

void guard(int yes) { on = yes; }

static int place(void *p) {
    for (int i = 0; i < count; i++)
        if (kept[i].at == p)
            return i;
    return -1;
}

void free(void *p) {
    int i = p ? place(p) : -1;
    if (i < 0) { __libc_free(p); return; }
    munmap(kept[i].start, kept[i].length);
    kept[i] = kept[--count];
}

void *realloc(void *p, size_t size) {
    int i = p ? place(p) : -1;
    if (!on && i < 0) return __libc_realloc(p, size);
    size_t page = sysconf(_SC_PAGESIZE), length = (size + 2 * page - 1) / page * page;
    char *start = mmap(0, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    mprotect(start + length - page, page, PROT_NONE);
    char *at = start + length - page - size;
    size_t old = !p ? 0 : i < 0 ? malloc_usable_size(p) : kept[i].size;
    if (p) memcpy(at, p, old < size ? old : size);
    if (p) free(p);
    kept[count].at = at, kept[count].start = start, kept[count].size = size, kept[count++].length = length;
    return at;
}
