/* What a program does with files: in the directory that it is given as its first argument. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char path[256];

static const char *in(const char *directory, const char *name) {
  snprintf(path, sizeof path, "%s/%s", directory, name);
  return path;
}

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static const char *reason(void) {
  switch (errno) {
    case ENOENT: return "ENOENT";
    case EEXIST: return "EEXIST";
    case ENOTDIR: return "ENOTDIR";
    case EISDIR: return "EISDIR";
    case ENOTEMPTY: return "ENOTEMPTY";
    case EBADF: return "EBADF";
    case EINVAL: return "EINVAL";
    case ELOOP: return "ELOOP";
    default: return strerror(errno);
  }
}

/* Names in a directory, sorted, because file systems list them as they like. */
static void list(const char *directory) {
  DIR *dir = opendir(directory);
  if (dir == NULL) {
    printf("opendir: %s\n", reason());
    return;
  }
  char *names[64];
  size_t count = 0;
  for (struct dirent *entry; (entry = readdir(dir)) != NULL && count < 64;) {
    const char *type = entry->d_type == DT_DIR ? "/" : entry->d_type == DT_LNK ? "@" : "";
    char *name = malloc(strlen(entry->d_name) + 2);
    sprintf(name, "%s%s", entry->d_name, type);
    names[count++] = name;
  }
  closedir(dir);
  qsort(names, count, sizeof *names, by_name);
  printf("list:");
  for (size_t i = 0; i < count; i++) printf(" %s", names[i]);
  printf("\n");
}

int main(int argc, char **argv) {
  const char *directory = argc > 1 ? argv[1] : ".";
  char buffer[64];

  FILE *file = fopen(in(directory, "greeting.txt"), "w");
  if (file == NULL) {
    printf("fopen: %s\n", reason());
    return 1;
  }
  fprintf(file, "hello %d\nworld\n", 42);
  printf("position %ld\n", ftell(file));
  fclose(file);

  file = fopen(path, "a");
  fputs("appended\n", file);
  fclose(file);

  file = fopen(path, "r+");
  while (fgets(buffer, sizeof buffer, file) != NULL) printf("line: %s", buffer);
  printf("at the end: %d\n", feof(file) != 0);
  fseek(file, 6, SEEK_SET);
  fputs("AB", file);
  rewind(file);
  printf("read %zu bytes\n", fread(buffer, 1, 12, file));
  printf("%.12s|\n", buffer);
  fseek(file, -3, SEEK_END);
  printf("from the end: %c\n", fgetc(file));
  fclose(file);

  struct stat info;
  printf("stat %d", stat(path, &info));
  printf(", size %lld, regular %d\n", (long long)info.st_size, S_ISREG(info.st_mode));
  printf("truncate %d\n", truncate(path, 5));
  stat(path, &info);
  printf("size %lld\n", (long long)info.st_size);

  /* A hole reads as zeros. */
  int fd = open(in(directory, "hole"), O_CREAT | O_RDWR | O_EXCL, 0666);
  printf("pwrite %zd\n", pwrite(fd, "x", 1, 1000));
  printf("pread %zd", pread(fd, buffer, 1, 500));
  printf(", %d\n", buffer[0]);
  printf("lseek %lld\n", (long long)lseek(fd, 0, SEEK_END));
  close(fd);
  printf("read of a closed file: %zd", read(fd, buffer, 1));
  printf(" %s\n", reason());

  printf("open again, exclusively: %d", open(path, O_CREAT | O_RDWR | O_EXCL, 0666));
  printf(" %s\n", reason());
  fd = open(path, O_RDONLY);
  printf("write to a file for reading: %zd", write(fd, "x", 1));
  printf(" %s\n", reason());
  /* A file that has lost its name is still there. */
  printf("unlink %d\n", unlink(path));
  printf("pread %zd", pread(fd, buffer, 1, 1));
  printf(", %d\n", buffer[0]);
  close(fd);

  printf("mkdir %d\n", mkdir(in(directory, "below"), 0777));
  printf("mkdir again %d", mkdir(path, 0777));
  printf(" %s\n", reason());
  printf("rmdir of a file %d", rmdir(in(directory, "greeting.txt")));
  printf(" %s\n", reason());
  for (char name[] = "below/a"; name[6] <= 'e'; name[6]++) {
    file = fopen(in(directory, name), "wx");
    fclose(file);
  }
  list(in(directory, "below"));
  printf("rmdir of a full directory %d", rmdir(path));
  printf(" %s\n", reason());
  char other[256];
  strcpy(other, in(directory, "moved"));
  printf("rename %d\n", rename(in(directory, "below"), other));
  printf("opendir of what has moved: ");
  list(in(directory, "below"));
  printf("link %d\n", link(in(directory, "greeting.txt"), strcat(other, "/second")));
  printf("symlink %d\n", symlink("second", in(directory, "moved/link")));
  ssize_t length = readlink(path, buffer, sizeof buffer);
  printf("readlink %.*s\n", (int)length, buffer);
  file = fopen(path, "r");
  printf("through the link: %s\n", fgets(buffer, sizeof buffer, file));
  fclose(file);
  printf("lstat %d", lstat(path, &info));
  printf(", link %d\n", S_ISLNK(info.st_mode));
  stat(path, &info);
  printf("links %d\n", (int)info.st_nlink);
  printf("symlink to itself %d", symlink("loop", in(directory, "moved/loop")));
  printf(" %d", open(path, O_RDONLY));
  printf(" %s\n", reason());
  list(in(directory, "moved"));

  /* Times. */
  struct timespec times[2] = {{1000000000, 0}, {1234567890, 500000000}};
  printf("utimensat %d\n", utimensat(AT_FDCWD, in(directory, "greeting.txt"), times, 0));
  stat(path, &info);
  printf("mtime %lld.%03ld\n", (long long)info.st_mtim.tv_sec, info.st_mtim.tv_nsec / 1000000);

  printf("no such file: %d", fopen(in(directory, "missing"), "r") == NULL);
  printf(" %s\n", reason());
  printf("a file as a directory: %d", open(in(directory, "greeting.txt/x"), O_RDONLY));
  printf(" %s\n", reason());
  printf("a directory as a file: %d", open(in(directory, "moved"), O_WRONLY));
  printf(" %s\n", reason());

  /* Many entries: more than one buffer of a listing. */
  mkdir(in(directory, "many"), 0777);
  for (int i = 0; i < 300; i++) {
    char name[64];
    snprintf(name, sizeof name, "many/a file with quite a long name, number %d", i);
    fclose(fopen(in(directory, name), "w"));
  }
  DIR *dir = opendir(in(directory, "many"));
  int count = 0;
  int sum = 0;
  for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
    const char *number = strrchr(entry->d_name, ' ');
    if (number == NULL) continue;
    count++;
    sum += atoi(number);
  }
  closedir(dir);
  printf("%d entries, sum %d\n", count, sum);
  return 0;
}
