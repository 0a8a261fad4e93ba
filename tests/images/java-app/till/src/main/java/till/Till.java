package till;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** A main class for the fat jar. */
@SpringBootApplication
public class Till {
    public static void main(String[] args) {
        SpringApplication.run(Till.class, args);
    }
}
