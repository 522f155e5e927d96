/* Generators: functions that hand out values from the middle of their work, and are asked for the next when it is wanted. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fiber.h"

/* ---- A walk over a tree hands out what it finds, from any depth. ---- */

typedef struct tree {
  struct tree *left;
  struct tree *right;
  int value;
} tree;

static tree *insert(tree *root, int value) {
  if (root == NULL) {
    root = calloc(1, sizeof *root);
    root->value = value;
  } else if (value < root->value) {
    root->left = insert(root->left, value);
  } else {
    root->right = insert(root->right, value);
  }
  return root;
}

static void walk(const tree *node) {
  if (node == NULL) return;
  walk(node->left);
  fiber_suspend((void *)&node->value);
  walk(node->right);
}

static void *walk_tree(void *root) {
  walk(root);
  return NULL;
}

/* Whether two trees of different shapes hold the same values: each is walked only as far as they agree. */
static void same_fringe(const tree *a, const tree *b) {
  fiber *walk_a = fiber_new(walk_tree, 0);
  fiber *walk_b = fiber_new(walk_tree, 0);
  for (int i = 0;; i++) {
    const int *x = fiber_resume(walk_a, (void *)a);
    const int *y = fiber_resume(walk_b, (void *)b);
    if (x == NULL && y == NULL) {
      printf("the same %d values\n", i);
      break;
    }
    if (x == NULL || y == NULL || *x != *y) {
      printf("different at %d: %d, %d\n", i, x == NULL ? -1 : *x, y == NULL ? -1 : *y);
      break;
    }
  }
  fiber_free(walk_a);
  fiber_free(walk_b);
}

/* ---- All orders of the letters of a word. They are made in place, on the generator's own stack. ---- */

static void permute(char *letters, size_t at) {
  if (letters[at] == '\0') {
    fiber_suspend(letters);
    return;
  }
  for (size_t i = at; letters[i] != '\0'; i++) {
    char letter = letters[i];
    letters[i] = letters[at];
    letters[at] = letter;
    permute(letters, at + 1);
    letters[at] = letters[i];
    letters[i] = letter;
  }
}

static void *permutations(void *word) {
  char letters[16];
  strcpy(letters, word);
  permute(letters, 0);
  return NULL;
}

/* ---- Generators that take from generators. ---- */

static void *numbers(void *argument) {
  for (intptr_t i = 1; i <= 30; i++) fiber_suspend((void *)i);
  (void)argument;
  return NULL;
}

static void *squares(void *argument) {
  fiber *source = fiber_new(numbers, 0);
  intptr_t i;
  while ((i = (intptr_t)fiber_resume(source, NULL)) != 0) fiber_suspend((void *)(i * i));
  fiber_free(source);
  (void)argument;
  return NULL;
}

static void *odd(void *argument) {
  fiber *source = fiber_new(squares, 0);
  intptr_t i;
  while ((i = (intptr_t)fiber_resume(source, NULL)) != 0) {
    if (i % 2 != 0) fiber_suspend((void *)i);
  }
  fiber_free(source);
  (void)argument;
  return NULL;
}

/* ---- A conversation: values go both ways. ---- */

static void *average(void *value) {
  double sum = 0;
  double mean = 0;
  for (int count = 1; value != NULL; count++) {
    sum += *(double *)value;
    mean = sum / count;
    value = fiber_suspend(&mean);
  }
  printf("mean at the end: %.3f\n", mean);
  return NULL;
}

int main(void) {
  tree *a = NULL;
  tree *b = NULL;
  for (int i = 0; i < 40; i++) a = insert(a, i * 17 % 41);
  for (int i = 39; i >= 0; i--) b = insert(b, i * 29 % 41);
  fiber *walker = fiber_new(walk_tree, 0);
  for (const int *value; (value = fiber_resume(walker, a)) != NULL;) printf("%d ", *value);
  printf("\ndone: %d\n", fiber_is_done(walker));
  fiber_free(walker);
  same_fringe(a, a);
  same_fringe(a, b);

  fiber *orders = fiber_new(permutations, 0);
  int count = 0;
  for (const char *word; (word = fiber_resume(orders, "abcd")) != NULL; count++) printf("%s%s", word, count % 8 == 7 ? "\n" : " ");
  printf("%d orders\n", count);
  fiber_free(orders);

  fiber *chain = fiber_new(odd, 0);
  for (intptr_t i; (i = (intptr_t)fiber_resume(chain, NULL)) != 0;) printf("%d ", (int)i);
  printf("\n");
  fiber_free(chain);

  fiber *mean = fiber_new(average, 0);
  for (double x = 1; x < 100; x *= 2.5) printf("%.1f: %.3f\n", x, *(double *)fiber_resume(mean, &x));
  fiber_resume(mean, NULL);
  fiber_free(mean);

  /* Generators that are never finished. */
  for (int i = 0; i < 1000; i++) {
    fiber *endless = fiber_new(permutations, 0);
    fiber_resume(endless, "abcdefgh");
    fiber_free(endless);
  }
  printf("dropped 1000\n");
  return 0;
}
