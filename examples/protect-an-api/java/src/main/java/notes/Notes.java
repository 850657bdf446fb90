package notes;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.security.core.Authentication;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RestController;

/** An API of notes. */
@SpringBootApplication
@RestController
public class Notes {
  private final Map<String, List<String>> notes = new ConcurrentHashMap<>();

  public static void main(String[] args) {
    SpringApplication.run(Notes.class, args);
  }

  @GetMapping("/notes")
  Map<String, List<String>> read(Authentication caller) {
    return Map.of("notes", notes.getOrDefault(caller.getName(), List.of()));
  }

  @PutMapping("/notes/{text}")
  Map<String, List<String>> add(Authentication caller, @PathVariable String text) {
    var own = notes.merge(caller.getName(), List.of(text), (old, added) ->
        Stream.concat(old.stream(), added.stream()).toList());
    return Map.of("notes", own);
  }

  @GetMapping("/count")
  Map<String, Integer> count() {
    return Map.of("count", notes.values().stream().mapToInt(List::size).sum());
  }
}
